#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# scripts/check-layers against a small tree: silent while it is clean, and one line for each kind of breach.
set -euo pipefail
check=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
failures=0

write() { # write FILE LINE…
    mkdir -p "$root/$(dirname "$1")"
    { [[ $1 == *.txt ]] && echo '# SPDX-License-Identifier: GPL-3.0-or-later' || echo '// SPDX-License-Identifier: GPL-3.0-or-later'
      printf '%s\n' "${@:2}"; } >"$root/$1"
}

expect_clean() {
    local output
    output=$("$check" "$root") && [[ -z $output ]] && return
    echo "FAIL: expected no breach, got: $output"
    failures=$((failures + 1))
}

expect_breach() { # expect_breach PATTERN FILE LINE…
    local output
    write "${@:2}"
    if output=$("$check" "$root"); then
        echo "FAIL: \"$1\" passed"
        failures=$((failures + 1))
    elif [[ $output != *"$1"* || $(wc -l <<<"$output") -ne 1 ]]; then
        echo "FAIL: expected the one breach \"$1\", got: $output"
        failures=$((failures + 1))
    fi
    rm "$root/$2"
}

write core/base/ids.h '#include <string>'
write core/wire/packet.h '#include "core/base/ids.h"' '// The deadline comes from std::chrono::system_clock, but not here.'
write core/db/database.cpp '#include <sqlite3.h>' '#include "core/db/database.h"'
write crypto/sessions.cpp '#include <signal/curve.h>' '#include "core/base/ids.h"'
write core/messaging/sender.h '#include "core/storage/outbox.h"' 'Time time() const;' 'auto t = clock.time();'
write core/profile.h '#include "core/storage/schema.h"'
write core/sync/outbox_pump.h '#include "core/profile.h"' '#include "crypto/sessions.h"'
write core/client.h '#include "core/sync/backoff.h"'
write core/net/websocket_link.cpp '#include <QWebSocket>' '#include "core/client.h"' '#include "core/rpc/server.h"'
write server-stub/relay/relay.cpp '#include "core/wire/packet.h"' '#include <signal.h>'
write tests/relay/test_relay.cpp '#include <QTest>' '#include "server-stub/relay/relay.h"' '#include "world.h"' '#include "test_relay.moc"'
write tests/CMakeLists.txt
expect_clean

expect_breach 'server-stub may not include crypto/sessions.h' server-stub/bad.cpp '#include "crypto/sessions.h"'
expect_breach 'server-stub may not include core/client.h' server-stub/bad.cpp '#include "core/client.h"'
expect_breach 'server-stub may not include core/types/message.h' server-stub/relay/bad.cpp '#include "core/types/message.h"'
expect_breach 'crypto may not include core/db/database.h' crypto/bad.h '#  include "core/db/database.h"'
expect_breach 'core/storage may not include core/sync/backoff.h' core/storage/bad.h '#include "core/sync/backoff.h"'
expect_breach 'core/messaging may not include core/search/query.h' core/messaging/bad.h '#include "core/search/query.h"'
expect_breach 'core/sync may not include core/client.h' core/sync/bad.h '#include "core/client.h"'
expect_breach 'core/storage may not include core/profile.h' core/storage/bad.cpp '#include "core/profile.h"'
expect_breach 'core/profile may not include core/client.h' core/profile.cpp '#include "core/client.h"'
expect_breach 'core may not include core/net/websocket_link.h' core/client.cpp '#include "core/net/websocket_link.h"'
expect_breach 'core/base may not include core/wire/packet.h' core/base/bad.h '#include "core/wire/packet.h"'
expect_breach 'cli may not include server-stub/relay/relay.h' cli/bad.cpp '#include "server-stub/relay/relay.h"'
expect_breach 'which is no path from the root' core/sync/bad.cpp '#include "backoff.h"'
expect_breach 'core/sync may not know Qt: #include <QString>' core/sync/bad.cpp '#include <QString>'
expect_breach 'crypto may not know Qt: #include <QtCore/QString>' crypto/bad.cpp '#include <QtCore/QString>'
expect_breach 'only crypto tests may have: #include <signal/curve.h>' core/sync/bad.cpp '#include <signal/curve.h>'
expect_breach 'may have: #include <sqlite3.h>' core/storage/bad.cpp '#include <sqlite3.h>'
expect_breach 'is given the time and randomness' core/sync/bad.cpp 'auto t = std::chrono::system_clock::now();'
expect_breach 'is given the time and randomness' core/messaging/bad.cpp 'auto t = std::time(nullptr);'
expect_breach 'is given the time and randomness' server-stub/relay/bad.cpp 'std::random_device seed;'
write app/link_gate.cpp 'QDesktopServices::openUrl(address);'
write app/dialogs/question.cpp 'auto* const label = new QLabel(parent); // no Qt::RichText'
expect_clean
expect_breach 'may take text for markup, or lets it out: QMessageBox::warning' app/bad.cpp 'QMessageBox::warning(this, {}, name);'
expect_breach 'may take text for markup' app/views/bad.cpp 'auto* const label = new QLabel(name, this);'
expect_breach 'or lets it out: QDesktopServices::openUrl' app/views/bad.cpp 'QDesktopServices::openUrl(link);'
mkdir -p "$root/scripts"
echo 'int x;' >"$root/core/base/bad.cpp"
if output=$("$check" "$root") || [[ $output != *'core/base/bad.cpp: its first line is no SPDX'* ]]; then
    echo "FAIL: a source without licence passed: $output"
    failures=$((failures + 1))
fi
rm "$root/core/base/bad.cpp"

# A relay with a session in it. The compiler that builds Sotto is there when its tests run.
printf '%s\n' 'namespace sotto::crypto { __attribute__((noinline)) int openEnvelope(int x) { return x * 3; } }' \
    'int main(int c, char**) { return sotto::crypto::openEnvelope(c) * 0; }' >"$root/relay.cpp"
"${CXX:-c++}" -O0 -o "$root/relay" "$root/relay.cpp"
if output=$("$check" --relay "$root/relay") || [[ $output != *'holds symbols of the client'* ]]; then
    echo "FAIL: a relay that decrypts passed: $output"
    failures=$((failures + 1))
fi
echo 'int main() {}' >"$root/relay.cpp"
"${CXX:-c++}" -o "$root/relay" "$root/relay.cpp"
"$check" --relay "$root/relay" || { echo "FAIL: a clean relay did not pass"; failures=$((failures + 1)); }

[[ $failures -eq 0 ]]
