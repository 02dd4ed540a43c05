// SPDX-License-Identifier: GPL-3.0-or-later
/// Two devices, their sessions and a network that does what it likes. Each input byte is an action (send,
/// deliver, drop, shuffle, repeat, damage, archive, snapshot, restore). After it all still under way is
/// delivered; then whoever cannot open asks by starting a session of its own, and both must understand each
/// other again within ten exchanges. In the manner of libsignal's fuzz target for session management.
#include "tests/crypto/party.h"
#include "tests/fuzz/fuzzed.h"

#include <cstdlib>
#include <deque>
#include <memory>

using namespace sotto;
using namespace sotto::crypto;

namespace {

constexpr std::size_t kMaxActions = 400;
constexpr int kExchanges = 10;

void need(bool promise) {
    if (!promise) {
        std::abort();
    }
}

struct Letter {
    MessageId message; ///< what the sealed header says
    Bytes sealed;      ///< as its sender made it
    Bytes travelling;  ///< as it is by now
};

/// One device, what is under way to it, and the states it could be restored to.
struct Side {
    explicit Side(const char* name, std::uint64_t seed)
        : party(name, seed) {}
    Party party;
    std::deque<Letter> inbox;
    std::set<Bytes> opened; ///< since the last restore
    std::vector<MemoryProtocolStore::Tables> snapshots;
};

class Pair {
public:
    /// Nothing when the sender has no session; then the letter is not written.
    bool send(Side& from, Side& to) {
        HeaderPlaintext header = from.party.headerFor(to.party);
        const MessageId message = header.messageId;
        const auto before = from.party.store.snapshot();
        auto sealed = from.party.sessions.seal(to.party.address, to.party.keys.identityKey(), header);
        if (!sealed) {
            need(sealed.error() == Error::NoSession);
            from.party.store.rollBack(before);
            return false;
        }
        to.inbox.push_back({message, *sealed, *sealed});
        return true;
    }

    /// True when the letter was opened; never twice, and never as something else.
    bool deliver(Side& from, Side& to) {
        const Letter letter = std::move(to.inbox.front());
        to.inbox.pop_front();
        const auto before = to.party.store.snapshot();
        const auto opened = to.party.openFrom(from.party, letter.travelling);
        if (!opened) {
            need(to.party.store.snapshot() == before); // what is not authentic leaves no trace
            to.party.sessions.forget();
            return false;
        }
        need(letter.travelling == letter.sealed);
        need(opened->header.messageId == letter.message);
        need(to.opened.insert(letter.sealed).second);
        return true;
    }

    void act(std::uint8_t action) {
        Side& one = (action & 1U) != 0 ? alice : bob;
        Side& other = (action & 1U) != 0 ? bob : alice;
        const std::size_t number = action >> 5U; // 0–7
        switch ((action >> 1U) % 16) {
        case 0:
        case 1:
        case 2:
            for (std::size_t i = 0; i <= number; ++i) {
                send(one, other);
            }
            break;
        case 3:
        case 4:
        case 5:
            for (std::size_t i = 0; i <= number && !one.inbox.empty(); ++i) {
                deliver(other, one);
            }
            break;
        case 6:
            if (!one.inbox.empty()) {
                one.inbox.erase(one.inbox.begin() + static_cast<long>(number % one.inbox.size()));
            }
            break;
        case 7:
        case 8:
            if (!one.inbox.empty()) {
                std::rotate(one.inbox.begin(),
                            one.inbox.begin() + static_cast<long>(number % one.inbox.size()),
                            one.inbox.end());
            }
            break;
        case 9:
            if (!one.inbox.empty()) {
                one.inbox.push_back(one.inbox[number % one.inbox.size()]);
            }
            break;
        case 10:
            if (!one.inbox.empty()) {
                Letter& letter = one.inbox[number % one.inbox.size()];
                letter.travelling[letter.travelling.size() * number / 8] ^= 1;
            }
            break;
        case 11:
            need(one.party.sessions.archive(other.party.address).has_value());
            break;
        case 12:
            if (one.snapshots.size() < 4) {
                one.snapshots.push_back(one.party.store.snapshot());
            }
            break;
        case 13:
            if (!one.snapshots.empty()) {
                one.party.store.rollBack(one.snapshots[number % one.snapshots.size()]);
                one.party.sessions.forget();
                one.opened.clear(); // a restored device has forgotten what it has read
            }
            break;
        case 14:
            need(one.party.startWith(other.party, number % 2 == 0).has_value());
            break;
        default:
            one.party.clock.now += std::chrono::hours(1);
            break;
        }
    }

    /// Everything under way arrives, in order.
    void drain() {
        while (!alice.inbox.empty()) {
            deliver(bob, alice);
        }
        while (!bob.inbox.empty()) {
            deliver(alice, bob);
        }
    }

    /// What a resend request does: whoever could not read starts anew, and says so in its next letter.
    bool exchange(Side& from, Side& to) {
        if (!send(from, to)) {
            need(from.party.startWith(to.party).has_value());
            need(send(from, to));
        }
        if (deliver(from, to)) {
            return true;
        }
        need(to.party.startWith(from.party).has_value());
        return false;
    }

    void converge() {
        for (int i = 0; i < kExchanges; ++i) {
            const bool there = exchange(alice, bob);
            const bool back = exchange(bob, alice);
            if (there && back && exchange(alice, bob)) {
                return;
            }
        }
        need(false);
    }

    Side alice{"alice", 1};
    Side bob{"bob", 2};
};

} // namespace

bool fuzzed(BytesView input) {
    Pair pair;
    for (const std::uint8_t action : input.first(std::min(input.size(), kMaxActions))) {
        pair.act(action);
    }
    pair.drain();
    pair.converge();
    return true;
}
