// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Mail that could not be read, and the lines that stand for it.

#include "core/messaging/device_directory.h"
#include "core/messaging/mail.h"

namespace sotto::core {

/// Each inside the receiver's transaction.
class Placeholders {
public:
    Placeholders(LocalDevice& device, DeviceDirectory& directory)
        : m_device(device)
        , m_directory(directory) {}

    /// Keeps it whole behind a line of its conversation. False: only counted, since its sender is not known,
    /// is blocked, or has too much here already.
    bool keep(const Mail& mail, const HeaderHash& hash, KeptMail kept, PlaceholderCause cause,
              Effects& effects);
    /// Mail whose header is kept already: under the same label, or with other bytes around it.
    void releaseCopies(const Mail& mail, Effects& effects);
    void remove(MessageKey key, Effects& effects);

private:
    LocalDevice& m_device;
    DeviceDirectory& m_directory;
};

} // namespace sotto::core
