// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/db/full_text.h"

#include <sqlite3.h>

namespace sotto::db {
namespace {

using Report = int (*)(void*, int, const char*, int, int, int);

struct Call {
    void* context;
    Report report;
    int code;
};

bool take(void* context, std::string_view word, std::size_t begin, std::size_t end) {
    auto& call = *static_cast<Call*>(context);
    call.code = call.report(call.context, 0, word.data(), static_cast<int>(word.size()),
                            static_cast<int>(begin), static_cast<int>(end));
    return call.code == SQLITE_OK;
}

// The instance that FTS5 wants is the tokenizer itself: it has no state.
int create(void* tokenizer, const char**, int, Fts5Tokenizer** out) {
    *out = static_cast<Fts5Tokenizer*>(tokenizer);
    return SQLITE_OK;
}
void destroy(Fts5Tokenizer*) {}

int tokenize(Fts5Tokenizer* instance, void* context, int, const char* text, int length, Report report) {
    Call call{context, report, SQLITE_OK};
    if (text != nullptr && length > 0) {
        reinterpret_cast<const Tokenizer*>(instance)->tokenize(
            std::string_view(text, static_cast<std::size_t>(length)), &call, take);
    }
    return call.code;
}

} // namespace

int registerTokenizer(sqlite3* database, const Tokenizer& tokenizer) {
    fts5_api* api = nullptr;
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr);
    if (code == SQLITE_OK) {
        sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
        sqlite3_step(statement);
        code = sqlite3_finalize(statement);
    }
    if (code != SQLITE_OK || api == nullptr) {
        return code == SQLITE_OK ? SQLITE_ERROR : code;
    }
    fts5_tokenizer calls{create, destroy, tokenize};
    return api->xCreateTokenizer(api, tokenizer.name(), const_cast<Tokenizer*>(&tokenizer), &calls, nullptr);
}

} // namespace sotto::db
