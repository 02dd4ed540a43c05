// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Writes an exported history (history_lines.h) in slices.

#include "core/archive/new_file.h"
#include "core/client.h"
#include "core/rpc/history_lines.h"
#include "core/rpc/job.h"

namespace sotto::rpc {

class HistoryExport final : public Job {
public:
    /// NotFound: no account. Invalid: a file of that name is there.
    static core::Result<std::unique_ptr<HistoryExport>> begin(core::Profile& profile,
                                                              const core::Client& client,
                                                              const std::filesystem::path& path,
                                                              Random& random, const Clock& clock);
    core::Result<core::ArchiveProgress> step() override;

private:
    HistoryExport(core::Profile& profile, core::HistoryReader reader, core::NewFile file, const Clock& clock);
    core::Result<void> line(const QJsonObject& object);
    core::Result<bool> next();
    core::Result<void> endConversation();
    core::Result<void> finish();

    core::Profile& m_profile;
    core::HistoryReader m_reader;
    core::NewFile m_file;
    const Clock& m_clock;
    QByteArray m_waiting; ///< lines that are not written yet
    ExportStatement m_statement;
    SignedDeviceList m_list;
    LineHash m_history;
    LineHash m_piece; ///< of the conversation at hand
    LineHash m_hashes;
    bool m_isInConversation = false;
    QJsonObject m_entry; ///< of the manifest, for the conversation at hand
    QJsonArray m_entries;
    core::ArchiveProgress m_progress;
};

} // namespace sotto::rpc
