// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// The content of one Deliver frame: rows, encoded as they come. A row's large parts are copied once, from
/// where they are into what is sent.

#include "core/wire/packet.h"

#include <vector>

namespace sotto::relay {

class Delivery {
public:
    struct Row {
        MailboxNumber number{};  ///< 0: ephemeral
        std::uint64_t bytes = 0; ///< of header and payload
    };

    /// `head` is the row without its header and payload.
    void add(const wire::pb::Row& head, BytesView header, BytesView payload);
    /// Nothing more goes into this frame: a packet has room for any row beside what is here.
    bool isFull() const;
    const std::vector<Row>& rows() const { return m_rows; }
    /// Encoded as protobuf: a pb::Deliver.
    BytesView encoded() const { return m_encoded; }

private:
    std::vector<Row> m_rows;
    Bytes m_encoded;
};

} // namespace sotto::relay
