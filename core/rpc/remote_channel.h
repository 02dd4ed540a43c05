// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// A channel to the process that owns a profile, through its local socket.

#include "core/rpc/channel.h"
#include "core/rpc/line_socket.h"

#include <filesystem>
#include <map>

namespace sotto::rpc {

class RemoteChannel final : public Channel {
public:
    /// nullptr when nobody serves there, which includes a socket left over by a killed process.
    static std::unique_ptr<RemoteChannel> connect(const std::filesystem::path& path);

    void call(const std::string& method, const QJsonObject& params, Reply reply) override;

private:
    explicit RemoteChannel(int descriptor);
    void answered(const QByteArray& line);
    void lost();

    LineSocket m_socket;
    bool m_lost = false;
    int m_lastId = 0;
    std::map<int, Reply> m_open;
    QObject m_context;
};

} // namespace sotto::rpc
