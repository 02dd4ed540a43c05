// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A contact as the contact commands print it.

#include "cli/output.h"

namespace sotto::cli {

void printContact(Output& out, const QJsonObject& contact);

} // namespace sotto::cli
