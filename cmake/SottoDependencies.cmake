# SPDX-License-Identifier: GPL-3.0-or-later
# Everything that is not ours, found once. Who may link what is decided where it is linked (PRIVATE).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLCipher REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc)
find_package(tl-expected REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Qt6 6.4 REQUIRED COMPONENTS Core DBus Network Svg Test WebSockets Widgets)
# Without it there is no sotto-keychain, and keys lie under a passphrase or in a file.
find_package(Qt6Keychain QUIET)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(signal REQUIRED IMPORTED_TARGET libsignal-protocol-c)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
