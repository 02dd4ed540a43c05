// SPDX-License-Identifier: GPL-3.0-or-later
#include "server-stub/gateway/metrics.h"

#include <cstdio>

namespace sotto::relay {

namespace {

std::string seconds(std::int64_t milliseconds) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(milliseconds) / 1000);
    return text.data();
}

class Text {
public:
    Text& gauge(const std::string& name, const char* help, const std::string& value) {
        head(name, "gauge", help);
        m_text += name + " " + value + "\n";
        return *this;
    }
    Text& gauge(const std::string& name, const char* help, std::uint64_t value) {
        return gauge(name, help, std::to_string(value));
    }
    Text& counter(const std::string& name, const char* help, std::uint64_t value) {
        head(name, "counter", help);
        m_text += name + "_total " + std::to_string(value) + "\n";
        return *this;
    }
    Text& histogram(const std::string& name, const char* help, const Histogram& times) {
        head(name, "histogram", help);
        std::uint64_t atMost = 0;
        for (std::size_t i = 0; i < times.counts().size(); ++i) {
            atMost += times.counts()[i];
            const std::string bound =
                i < Histogram::kBoundsMs.size() ? seconds(Histogram::kBoundsMs[i]) : "+Inf";
            m_text += name + "_bucket{le=\"" + bound + "\"} " + std::to_string(atMost) + "\n";
        }
        m_text += name + "_count " + std::to_string(atMost) + "\n";
        m_text += name + "_sum " + seconds(times.sumMs()) + "\n";
        return *this;
    }
    std::string take() { return std::move(m_text += "# EOF\n"); }

private:
    void head(const std::string& name, const char* type, const char* help) {
        m_text += "# TYPE " + name + " " + type + "\n# HELP " + name + " " + help + "\n";
    }
    std::string m_text;
};

} // namespace

std::string openMetrics(const Statistics& statistics) {
    return Text()
        .gauge("sotto_connections", "Open connections.", statistics.connections)
        .gauge("sotto_logged_in", "Devices logged in.", statistics.loggedIn)
        .gauge("sotto_storing", "1 if the last transaction worked.", statistics.storing ? 1U : 0U)
        .gauge("sotto_pressure", "What is given up: 0 nothing, 1 ephemeral mail, 2 prompt receipts too.",
               static_cast<std::uint64_t>(statistics.pressure))
        .gauge("sotto_store_queue_lag_seconds", "Age of the oldest job at the store.",
               seconds(statistics.queueLag.count()))
        .gauge("sotto_store_queue_bytes", "Bytes of sends at the store.", statistics.queuedBytes)
        .counter("sotto_stored", "Sends stored.", statistics.stored)
        .counter("sotto_repeated", "Sends that were known by their id and answered alike.",
                 statistics.repeated)
        .counter("sotto_delivered", "Rows handed to devices.", statistics.delivered)
        .counter("sotto_acknowledged", "Rows acknowledged.", statistics.acknowledged)
        .counter("sotto_late", "Times a device left what it was handed unacknowledged for too long.",
                 statistics.late)
        .counter("sotto_ephemeral_dropped", "Ephemeral sends dropped under pressure.",
                 statistics.ephemeralDropped)
        .counter("sotto_refused", "Requests answered with a limit.", statistics.refused)
        .histogram("sotto_store_seconds", "From a request to its durable commit.", statistics.storeTime)
        .histogram("sotto_acknowledge_seconds", "From handing a device mail to its acknowledgement.",
                   statistics.acknowledgeTime)
        .take();
}

} // namespace sotto::relay
