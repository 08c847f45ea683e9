//! What a git server answers, packet by packet.

use crate::adapters::git_http::read_replies;
use crate::ports::PushReply;

const BRANCH: &str = "orch/state";

/// The reply to a push, to a fetch, and what the server says of itself: the same bytes as each of them.
pub fn packets(data: &[u8]) {
    let replies = read_replies(data, BRANCH);
    let says = |words: &str| data.windows(words.len()).any(|window| window == words.as_bytes());
    // Packets on a side band may cut these words in pieces.
    if replies.pushes[0] == PushReply::Accepted {
        assert!(says("ok refs/heads/orch/state"), "nobody said that it was accepted");
    }
    assert!(replies.pack <= data.len() && replies.ends <= data.len() / 40);
    if let Some(tip) = replies.tip {
        let text = String::from_utf8_lossy(data).to_ascii_lowercase();
        assert!(text.contains(&tip.to_string()), "nobody said {tip}");
    }
}
