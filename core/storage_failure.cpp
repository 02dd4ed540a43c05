// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage_failure.h"

namespace sotto::core {

Failure storageFailure(db::Error error, const std::string& doing) {
    const std::string text = doing + " failed: " + db::describe(error) + ". ";
    switch (error) {
    case db::Error::Full:
        return {FailureCode::DiskFull, text + "Free some space and try again; nothing was changed.", {}};
    case db::Error::Busy:
        return {FailureCode::Locked, text + "Try again.", {}};
    case db::Error::ReadOnly:
    case db::Error::CannotOpen:
        return {FailureCode::Locked, text + "Check the permissions of the profile.", {}};
    case db::Error::Io:
    case db::Error::Corrupt:
    case db::Error::NotADatabase:
        return {FailureCode::Damaged, text + "Nothing was changed; `sotto doctor` says what is damaged.", {}};
    case db::Error::NewerSchema:
        return {FailureCode::Invalid, text + "Update Sotto.", {}};
    case db::Error::Constraint:
    case db::Error::Internal:
        return {FailureCode::Internal, text + "This is a bug; nothing was changed.", {}};
    }
    return {};
}

} // namespace sotto::core
