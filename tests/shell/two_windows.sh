#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Two real windows on a screen of their own, from the first run to the first messages, by keyboard alone.
#   tests/shell/two_windows.sh BIN_DIR [SCREENSHOTS]
# Ends with 77 where there is no Xvfb or no xdotool.
set -euo pipefail
bin=$1
shots=${2:-}

for program in Xvfb xdotool; do
    if ! command -v "$program" >/dev/null; then
        echo "skipped: there is no $program here"
        exit 77
    fi
done

dir=$(mktemp -d)
pids=()
finish() {
    local code=$? pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    if [[ $code -ne 0 ]]; then
        cat "$dir"/*.log >&2 2>/dev/null || true
    fi
    rm -rf "$dir"
    exit "$code"
}
trap finish EXIT

fail() {
    echo "two_windows: $*" >&2
    shot failed
    exit 1
}

shot() { # shot NAME
    [[ -n $shots ]] && command -v import >/dev/null || return 0
    mkdir -p "$shots"
    import -window root "$shots/$1.png" || true
}

# Waits for what windows and processes bring about: waits WHAT COMMAND…
waits() {
    local what=$1 left=600
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [[ $left -gt 0 ]] || fail "$what: not within a minute"
        sleep 0.1
    done
}

# Nothing of whoever runs this: neither settings nor bus.
export HOME=$dir XDG_CONFIG_HOME=$dir/config XDG_DATA_HOME=$dir/data XDG_STATE_HOME=$dir/state
export XDG_RUNTIME_DIR=$dir/run QT_QPA_PLATFORM=xcb LC_ALL=C.UTF-8
unset DBUS_SESSION_BUS_ADDRESS WAYLAND_DISPLAY
mkdir -m 700 "$dir/run"

# Whoever asks Xvfb for any free screen is told which.
Xvfb -displayfd 3 -screen 0 1400x800x24 -nolisten tcp 3>"$dir/display" 2>"$dir/xvfb.log" &
pids+=($!)
waits "a screen" test -s "$dir/display"
DISPLAY=:$(cat "$dir/display")
export DISPLAY

"$bin/sotto-relay" up --listen 127.0.0.1:0 --data "$dir/relay" --invites 0 --json >"$dir/ready" 2>"$dir/relay.log" &
pids+=($!)
waits "a relay" grep '"type":"ready"' "$dir/ready"

sotto() { # sotto WHO WORD…
    local who=$1
    shift
    "$bin/sotto" --profile "$dir/$who" "$@" </dev/null
}

declare -A window
open_window() { # open_window WHO WORD…
    local who=$1
    shift
    "$bin/sotto-desktop" --profile "$dir/$who" "$@" </dev/null 2>"$dir/$who.log" &
    pid=$!
    pids+=("$pid")
    waits "$who's window" xdotool search --all --onlyvisible --pid "$pid" --name Sotto
    window[$who]=$(xdotool search --all --onlyvisible --pid "$pid" --name Sotto | head -n 1)
}

# Keys for whoever has the keyboard.
to() { # to WHO
    waits "$1's window takes the keyboard" xdotool windowfocus --sync "${window[$1]}"
    sleep 0.3 # the event is on its way to the window
}
types() { xdotool type --delay 20 -- "$1"; }
press() { xdotool key --delay 60 "$@"; }

knows_account() { sotto "$1" --json whoami | grep -q '"registered":true'; }
says() { sotto "$1" --json log "$2" | grep -qF "$3"; }

for who in alice bob; do
    open_window "$who" "$("$bin/sotto-relay" invite --data "$dir/relay" </dev/null)"
    has_keys() { sotto "$who" whoami >/dev/null 2>&1; }
    # What is typed before the page is there is lost: again until it is taken.
    for _ in $(seq 1 12); do
        to "$who"
        sleep 2
        shot "first-run-$who"
        press ctrl+a
        types "$who"
        press Return
        for _ in $(seq 1 25); do
            has_keys && break 2
            sleep 0.2
        done
    done
    waits "$who's keys" has_keys
    sleep 1
    shot "recovery-$who"
    # Parts of the recovery code are asked for, and only somebody who sees it could answer. Cut short here, the first
    # run goes on when the window opens again.
    kill "$pid"
    wait "$pid" || true
    open_window "$who"
    waits "$who's account" knows_account "$who"
done
xdotool windowmove "${window[bob]}" 700 60 windowsize "${window[bob]}" 680 640
xdotool windowmove "${window[alice]}" 0 0 windowsize "${window[alice]}" 680 640

to alice
press ctrl+n
sleep 0.5
types "@bob"
press Return
has_contact() { sotto alice --json contact list | grep -q '"name":"bob"'; }
waits "Alice knows Bob" has_contact
sleep 0.7
to alice
types "Hello Bob, from a window"
press Return
waits "Bob has it" says bob @alice "Hello Bob, from a window"

to bob
press ctrl+k
sleep 0.5
types "alice"
press Return
sleep 0.5
to bob
types "And back"
press Return
waits "Alice has it" says alice @bob "And back"
sleep 0.5
shot talking

# A second start brings the first up, and ends.
"$bin/sotto-desktop" --profile "$dir/alice" </dev/null || fail "a second start does not end well"
echo "two windows: Alice and Bob talk"
