-- What one user has written to another, for the history of a conversation: without this a page of
-- it reads the whole inbox. Built for each partition; those to come get it by `including all`.
create index message_sender on message (topic_id, sender, "offset");
