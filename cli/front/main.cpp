// SPDX-License-Identifier: GPL-3.0-or-later
// `sotto` as people start it: sends through a running owner by itself, and is replaced by the whole program
// for everything else.
#include "cli/front/quick_send.h"
#include "core/process_hardening.h"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <exception>
#include <unistd.h>

namespace {

constexpr int kInternal = 1;

/// It lies beside us in the build tree as where it is installed: bin/sotto and libexec/sotto/sotto.
std::string wholeProgram() {
    std::array<char, PATH_MAX> own{};
    const ssize_t size = ::readlink("/proc/self/exe", own.data(), own.size() - 1);
    const std::string path(own.data(), static_cast<std::size_t>(size < 0 ? 0 : size));
    return path.substr(0, path.rfind('/') + 1) + "../" SOTTO_LIBEXEC "/sotto/sotto";
}

/// Returns only when the whole program cannot be started.
void become(const std::string& program, std::string name, std::vector<std::string> arguments) {
    std::vector<char*> pointers = {name.data()};
    for (std::string& argument : arguments) {
        pointers.push_back(argument.data());
    }
    pointers.push_back(nullptr);
    ::execv(program.c_str(), pointers.data());
    const int error = errno;
    std::fprintf(stderr, "sotto: cannot start %s: %s; install Sotto again\n", program.c_str(),
                 std::strerror(error));
}

int start(int argc, char** argv) {
    std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    if (!arguments.empty()) {
        sotto::core::hardenProcess();
        auto quick = sotto::cli::quickSend(arguments);
        if (quick.exit) {
            return *quick.exit;
        }
        arguments = std::move(quick.handOver);
    }
    become(wholeProgram(), argc > 0 ? argv[0] : "sotto", std::move(arguments));
    return kInternal;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return start(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sotto: internal error, please report it: %s\n", error.what());
        return kInternal;
    }
}
