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
};

} // namespace sotto::app
