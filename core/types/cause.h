// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What each cause of a line that stands for something unread means to people and programs: the closed list.

#include "core/types/message.h"

#include <string_view>

namespace sotto::core {

struct CauseText {
    std::string_view reason;   ///< for programs: one word, never changed
    std::string_view sentence; ///< for people: what is the matter
    std::string_view action;   ///< what happens by itself, or what to do
};

/// For None everything is empty.
constexpr CauseText textOf(PlaceholderCause cause) {
    constexpr std::string_view kAsked = "It was asked for again; nothing to do.";
    constexpr std::string_view kAskedAnew = "It was asked for again, on a new session; nothing to do.";
    switch (cause) {
    case PlaceholderCause::None:
        return {};
    case PlaceholderCause::UnknownSession:
        return {"unknown_session", "It was made for a session that this device does not have.", kAskedAnew};
    case PlaceholderCause::PrekeyGone:
        return {"prekey_gone", "It was made with a one-time key that this device has used up.", kAskedAnew};
    case PlaceholderCause::TooFarAhead:
        return {"too_far_ahead", "Too many messages before it are missing to open it.", kAskedAnew};
    case PlaceholderCause::Undecryptable:
        return {"broken_mac", "It is damaged, or made for another state of the session.", kAskedAnew};
    case PlaceholderCause::PayloadMissing:
        return {"payload_missing", "Its envelope came, its contents did not.", kAsked};
    case PlaceholderCause::UntrustedDevice:
        return {"untrusted_device", "Its device is not in its account's list of devices.",
                "It opens by itself when a list that names the device comes."};
    case PlaceholderCause::NewerFormat:
        return {"newer_format", "It was written by a newer version of Sotto.", "Update Sotto to read it."};
    case PlaceholderCause::Mismatch:
        return {"mismatch", "What is inside contradicts the envelope.",
                "It is kept apart. Ask its author if it was meant."};
    case PlaceholderCause::RatchetReused:
        return {"rolled_back_peer",
                "It uses an encryption key a second time: its device was restored from an older copy.",
                kAskedAnew};
    case PlaceholderCause::LinkedLater:
        return {"linked_later", "By the relay's clock it was sent before this device existed.", kAskedAnew};
    case PlaceholderCause::Missing:
        return {"missing", "It never came.", kAsked};
    case PlaceholderCause::ClaimedExpired:
        return {"claimed_expired", "The relay says that it deleted mail of that time unread.", kAsked};
    case PlaceholderCause::AuthorHasNot:
        return {"author_has_not", "Its author cannot send it again.", "Ask its author what it said."};
    }
    return {};
}

/// Whether its author can help: the line is asked for again by itself.
constexpr bool isAskedFor(PlaceholderCause cause) {
    switch (cause) {
    case PlaceholderCause::UnknownSession:
    case PlaceholderCause::PrekeyGone:
    case PlaceholderCause::Undecryptable:
    case PlaceholderCause::TooFarAhead:
    case PlaceholderCause::PayloadMissing:
    case PlaceholderCause::RatchetReused:
    case PlaceholderCause::LinkedLater: // a relay's clock may have been set back: its author knows better
        return true;
    case PlaceholderCause::None:
    case PlaceholderCause::UntrustedDevice:
    case PlaceholderCause::NewerFormat:
    case PlaceholderCause::Mismatch:
    case PlaceholderCause::Missing: // gaps have a list of their own
    case PlaceholderCause::ClaimedExpired:
    case PlaceholderCause::AuthorHasNot:
        return false;
    }
    return false;
}

/// Whether the two sides' sessions no longer fit: only a new one brings the question through.
constexpr bool needsNewSession(PlaceholderCause cause) {
    return isAskedFor(cause) && cause != PlaceholderCause::PayloadMissing;
}

} // namespace sotto::core
