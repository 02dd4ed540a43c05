// SPDX-License-Identifier: GPL-3.0-or-later
#include "crypto/error.h"

namespace sotto::crypto {

std::string_view nameOf(Error error) {
    switch (error) {
    case Error::Duplicate:
        return "Duplicate";
    case Error::Undecryptable:
        return "Undecryptable";
    case Error::TooFarAhead:
        return "TooFarAhead";
    case Error::Malformed:
        return "Malformed";
    case Error::PrekeyGone:
        return "PrekeyGone";
    case Error::NoSession:
        return "NoSession";
    case Error::UntrustedIdentity:
        return "UntrustedIdentity";
    case Error::Storage:
        return "Storage";
    }
    return "?";
}

} // namespace sotto::crypto
