// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What was typed into a field, as a secret. Qt's own copies of it cannot be wiped.

#include "core/base/secret.h"

#include <QLineEdit>

namespace sotto::app {

inline SecretBytes secretFrom(const QString& typed) {
    QByteArray bytes = typed.toUtf8();
    SecretBytes secret(static_cast<std::size_t>(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), secret.exposeWritable().begin());
    sodium_memzero(bytes.data(), static_cast<std::size_t>(bytes.size()));
    return secret;
}

/// And the field is empty afterwards.
inline SecretBytes takeSecret(QLineEdit& field) {
    SecretBytes secret = secretFrom(field.text());
    field.clear();
    return secret;
}

} // namespace sotto::app
