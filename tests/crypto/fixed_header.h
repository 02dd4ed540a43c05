// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The header plaintext whose encoding is frozen in tests/vectors/sotto1.json: every field its own byte,
/// repeated.

#include "crypto/header.h"

namespace sotto::crypto {

inline HeaderPlaintext fixedHeader() {
    HeaderPlaintext header;
    header.contentVersion = 0x0102;
    header.sendId.value.fill(0x11);
    header.messageId.value.fill(0x22);
    for (auto& byte : header.payloadKey.exposeWritable()) {
        byte = 0x33;
    }
    header.payloadDigest.value.fill(0x44);
    header.senderAccount.value.fill(0x55);
    header.senderDevice = DeviceNumber{0x56575859};
    header.recipientAccount.value.fill(0x66);
    header.recipientDevice = DeviceNumber{0x67686970};
    header.senderList = {0x0102030405060708, 0x1112131415161718, {}};
    header.senderList.hash.value.fill(0x77);
    header.recipientList = {0x2122232425262728, 0x3132333435363738, {}};
    header.recipientList.hash.value.fill(0x88);
    header.seqBase = 0x4142434445464748;
    return header;
}

} // namespace sotto::crypto
