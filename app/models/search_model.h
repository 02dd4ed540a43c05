// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
/// What a search found, newest first, page by page. Typing on asks anew: what is asked for last counts, and
/// one question at a time is under way.

#include "app/core_thread.h"

#include <QAbstractListModel>

namespace sotto::app {

class SearchModel final : public QAbstractListModel {
    Q_OBJECT

public:
    static constexpr std::size_t kPage = 30;

    explicit SearchModel(CoreThread& core, QObject* parent = nullptr);

    /// Empty: forgets everything. in: one conversation only.
    void search(const QString& typed, std::optional<core::ConversationKey> in);
    const core::SearchHit& hit(int row) const { return m_hits[static_cast<std::size_t>(row)].hit; }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;

signals:
    /// The newest question is answered. sentence: what is to be known besides the hits; may be empty.
    void answered(const QString& sentence);

private:
    struct Shown {
        core::SearchHit hit;
        std::string title; ///< of its conversation
        QByteArray identity;
        QString line;
        QList<QPoint> marks;
    };
    struct Question {
        core::SearchRequest request;
        unsigned number = 0;
    };
    struct Answer {
        core::Result<core::SearchPage> page;
        std::vector<Shown> shown;
    };
    static Answer find(core::Reader& reader, const core::SearchRequest& request);
    static Shown shownOf(core::Reader& reader, core::SearchHit hit);
    void ask(Question question);
    void take(const Question& question, Answer answer);

    CoreThread& m_core;
    std::vector<Shown> m_hits;
    core::SearchRequest m_request;
    std::string m_next;
    unsigned m_number = 0; ///< of the newest question
    bool m_asking = false;
    std::optional<Question> m_waiting;
};

} // namespace sotto::app
