// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Which tables of history.db a backup carries. Whoever adds a table decides here; a test asks for it.

#include <array>
#include <string_view>

namespace sotto::core {

/// In this order: what is referred to comes first. sqlite_sequence last: row numbers are never given out
/// twice.
inline constexpr std::array<std::string_view, 41> kCarriedTables = {"setting",
                                                                    "account",
                                                                    "device_list",
                                                                    "contact",
                                                                    "conversation",
                                                                    "message",
                                                                    "edit",
                                                                    "reaction",
                                                                    "early_amendment",
                                                                    "own_amendment",
                                                                    "style",
                                                                    "quote",
                                                                    "draft",
                                                                    "expiry",
                                                                    "conversation_timer",
                                                                    "timer_change",
                                                                    "chain",
                                                                    "chain_range",
                                                                    "fork",
                                                                    "conversation_member",
                                                                    "own_chain",
                                                                    "seq_base",
                                                                    "gap",
                                                                    "message_receipt",
                                                                    "receipt_due",
                                                                    "send",
                                                                    "send_name",
                                                                    "send_header",
                                                                    "outbox",
                                                                    "processed_header",
                                                                    "placeholder",
                                                                    "alarm",
                                                                    "refused_mail",
                                                                    "expiry_claim",
                                                                    "peer",
                                                                    "received_head",
                                                                    "heads_wanted",
                                                                    "resend",
                                                                    "resend_held",
                                                                    "prekey_id",
                                                                    "sqlite_sequence"};

/// Ratchets and the keys that begin them: what another copy may have used must not be used again (R15), so
/// that no session of a restored profile can ever send. Peers begin new ones.
inline constexpr std::array<std::string_view, 4> kRatchetTables = {"session", "one_time_prekey",
                                                                   "signed_prekey", "base_key"};
/// Made anew from what is carried.
inline constexpr std::array<std::string_view, 4> kRebuiltTables = {"search", "search_range", "search_block",
                                                                   "search_word"};

} // namespace sotto::core
