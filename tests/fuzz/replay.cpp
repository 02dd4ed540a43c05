// SPDX-License-Identifier: GPL-3.0-or-later
/// Replays a corpus through one target, without libFuzzer: any compiler, any sanitizer, every test run.
#include "tests/fuzz/fuzzed.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sodium.h>
#include <vector>

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> filesOf(const fs::path& place) {
    std::vector<fs::path> files;
    if (fs::is_regular_file(place)) {
        files.push_back(place);
    } else if (fs::is_directory(place)) {
        for (const fs::directory_entry& entry : fs::directory_iterator(place)) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace

int main(int count, char** words) {
    if (count != 2 || sodium_init() < 0) {
        std::fprintf(stderr,
                     "usage: %s FILE|FOLDER: replays inputs; exit 1 when one is not understood as before\n",
                     words[0]);
        return 2;
    }
    const std::vector<fs::path> files = filesOf(words[1]);
    if (files.empty()) {
        std::fprintf(stderr, "%s: there is no input to replay\n", words[1]);
        return 1;
    }
    int bad = 0;
    for (const fs::path& file : files) {
        std::ifstream in(file, std::ios::binary);
        const sotto::Bytes input((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        if (!in.good() && !in.eof()) {
            std::fprintf(stderr, "%s: cannot be read\n", file.c_str());
            ++bad;
            continue;
        }
        // Said before, so that a crash names its input.
        std::printf("%s\n", file.filename().c_str());
        std::fflush(stdout);
        const bool understood = fuzzed(input);
        if (file.filename().string().starts_with("valid-") && !understood) {
            std::fprintf(stderr, "%s: no longer decodes\n", file.c_str());
            ++bad;
        }
    }
    std::printf("%zu inputs, %d bad\n", files.size(), bad);
    return bad == 0 ? 0 : 1;
}
