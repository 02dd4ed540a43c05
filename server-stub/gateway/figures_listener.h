// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// Plain HTTP for whoever watches the relay from its own machine: /metrics, /health, /ready. Apart from the
/// clients' port, so that no firewall rule for clients opens it and no TLS key has to be pinned by a scraper.
/// Lives on the gateway's thread.

#include "core/base/result.h"
#include "server-stub/gateway/client.h"

#include <functional>
#include <memory>

namespace sotto::relay {

class FiguresListener {
public:
    struct Page {
        unsigned status = 404;
        std::string type = "text/plain";
        std::string body;
    };
    /// Asked once a request, by its target.
    using Answer = std::function<Page(const std::string& target)>;
    /// At once; more wait in the backlog.
    static constexpr std::size_t kMaxConnections = 16;

    FiguresListener(boost::asio::io_context& context, Answer answer);
    ~FiguresListener();
    FiguresListener(const FiguresListener&) = delete;
    FiguresListener& operator=(const FiguresListener&) = delete;

    /// Loopback addresses only. The port that it got, or a sentence.
    Expected<std::uint16_t, std::string> listen(const std::string& host, std::uint16_t port);
    void stop();

private:
    class Visit;
    void accept();
    void left();

    Answer m_answer;
    TcpAcceptor m_acceptor;
    std::size_t m_open = 0;
    bool m_accepting = false;
    std::shared_ptr<FiguresListener*> m_self; ///< null inside once it is gone: the context may outlive it
};

} // namespace sotto::relay
