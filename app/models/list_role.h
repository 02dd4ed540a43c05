// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Qt>

namespace sotto::app {

/// What a row of a list (conversations, contacts, what a search found) gives to its delegate. All text is fit
/// to be shown.
enum ListRole {
    TitleRole = Qt::UserRole,
    PreviewRole,
    TimeRole,
    UnreadRole,   ///< a number
    IdentityRole, ///< QByteArray: decides the avatar's colour
    MarksRole,    ///< QList<QPoint>: [begin, end) of the preview to mark
    LeadRole,     ///< what stands before the preview in another colour
    IsTypingRole, ///< the preview says what somebody does just now
    IsPinnedRole,
    IsMutedRole,
};

} // namespace sotto::app
