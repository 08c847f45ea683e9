//! "Did you mean": the known word nearest to what somebody wrote, and how to quote the latter.

/// Among more words than this nothing is looked for: thousands of wrong words times thousands of
/// known ones would take longer than all other checks together.
const MOST: usize = 1000;

/// The known word that is nearest to `written`, if any is near enough to be meant.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Long text is no slip of the pen, and the distance costs the product of both lengths.
    if written.len() > 100 {
        return None;
    }
    let lowered = written.to_lowercase().replace(['_', ' '], "-");
    let allowed = (written.chars().count() / 3).max(1);
    known
        .into_iter()
        .take(MOST)
        .filter(|word| word.len().abs_diff(written.len()) <= 4 * allowed)
        .filter(|word| may_be_meant(written, word))
        .map(|word| (strsim::osa_distance(&lowered, &word.to_lowercase().replace('_', "-")), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Numbers are no slips of spelling: `agent-07` does not mean `agent-01`, though `agent-1` may.
fn may_be_meant(written: &str, word: &str) -> bool {
    let (written, word) = (numbers(written), numbers(word));
    written.is_empty() || word.is_empty() || written == word
}

fn numbers(text: &str) -> Vec<&str> {
    let digits = text.split(|letter: char| !letter.is_ascii_digit()).filter(|digits| !digits.is_empty());
    digits.map(|digits| digits.trim_start_matches('0')).collect()
}

/// The help line for a word that is not known.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(written, known).map(|word| format!("did you mean `{word}`?"))
}

/// A user's text in backticks: on one line, without control characters, and not endless.
pub fn literal(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown = String::with_capacity(text.len().min(MOST) + 2);
    shown.push('`');
    for (count, letter) in text.chars().enumerate() {
        if count == MOST {
            shown.push('…');
            break;
        }
        if letter.is_control() {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown.push('`');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_nothing_far() {
        let known = ["cultural", "canon", "first-available"];
        assert_eq!(nearest("cultral", known), Some("cultural"));
        assert_eq!(nearest("First_Available", known), Some("first-available"));
        assert_eq!(nearest("security", known), None);
        assert_eq!(nearest("x", known), None);
        let numbered = ["agent-01", "agent-02"];
        assert_eq!(nearest("agnt-2", numbered), Some("agent-02"));
        assert_eq!(nearest("agent-07", numbered), None);
    }

    #[test]
    fn quotes_what_terminals_would_obey() {
        assert_eq!(literal("a\u{1b}[31mb\n"), "`a\\u{1b}[31mb\\n`");
        assert_eq!(literal(&"x".repeat(100)).chars().count(), 63);
    }
}
