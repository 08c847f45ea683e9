//! A plan as a comment on the pull request that changes the configuration.

/// So many lines of a plan are shown at once; more are folded.
const SHOWN: usize = 25;

/// What is to be posted. All texts may hold what strangers wrote; none of it counts as Markdown.
#[derive(Debug, Clone, Copy)]
pub struct Posted<'a> {
    pub project: &'a str,
    /// The plan as text.
    pub plan: &'a str,
    /// The commit whose configuration it is, if that is known.
    pub commit: Option<&'a str>,
    /// Whether anything would happen.
    pub is_empty: bool,
}

impl Posted<'_> {
    /// What would happen, in a line.
    pub fn title(&self) -> &str {
        if self.is_empty {
            return "Nothing would happen.";
        }
        self.plan.lines().find(|line| line.starts_with("Plan: ")).unwrap_or("Plan")
    }
}

/// The comment, in Markdown.
pub fn plan_comment(posted: &Posted<'_>) -> String {
    let of = posted.commit.map(|commit| format!(" of {}", super::short(commit))).unwrap_or_default();
    let heading = format!("### orch plan: {}", code(posted.project));
    let basis =
        format!("What the configuration{of} would do now, were it merged. Nothing of it has been done.");
    if posted.is_empty {
        return format!("{heading}\n\n{}\n\n{basis}\n", posted.title());
    }
    let text = fenced(posted.plan);
    let lines = posted.plan.trim_end().lines().count();
    if lines <= SHOWN {
        return format!("{heading}\n\n{text}\n\n{basis}\n");
    }
    format!(
        "{heading}\n\n**{}**\n\n<details><summary>All {lines} lines</summary>\n\n{text}\n\n</details>\n\n{basis}\n",
        escaped(posted.title())
    )
}

/// The comment where there is no plan.
pub fn failure_comment(project: &str, error: &str, commit: Option<&str>) -> String {
    let of = commit.map(|commit| format!(" of {}", super::short(commit))).unwrap_or_default();
    let text = fenced(error);
    let heading = if project.is_empty() { String::new() } else { format!(": {}", code(project)) };
    format!("### orch plan{heading}\n\nThere is no plan for the configuration{of}:\n\n{text}\n")
}

/// Within a fence that nothing in it can end.
fn fenced(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}", text.trim_end())
}

fn code(text: &str) -> String {
    let kept: String = text.chars().filter(|letter| !letter.is_control() && *letter != '`').collect();
    format!("`{kept}`")
}

/// A line of ours with numbers and nouns: markup in it would be a mistake, and is shown as it is.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|letter| {
            let is_markup = letter.is_ascii_punctuation() && !matches!(letter, '.' | ',' | ':');
            is_markup.then_some('\\').into_iter().chain([letter])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(plan: &str) -> String {
        let posted = Posted { project: "demo", plan, commit: Some("0123456789abcdef"), is_empty: false };
        plan_comment(&posted)
    }

    #[test]
    fn a_short_plan_is_shown_and_a_long_one_folded() {
        insta::assert_snapshot!(posted("  + T-1 created: Fix it\n\nPlan: 1 task created.\n"), @r"
        ### orch plan: `demo`

        ```text
          + T-1 created: Fix it

        Plan: 1 task created.
        ```

        What the configuration of 0123456 would do now, were it merged. Nothing of it has been done.
        ");
        let long = "  + T-1 created\n".repeat(40) + "Plan: 40 tasks created.\n";
        let comment = posted(&long);
        assert!(comment.contains("**Plan: 40 tasks created.**\n\n<details><summary>All 41 lines</summary>"));
        let nothing = Posted { project: "demo", plan: "", commit: None, is_empty: true };
        assert!(plan_comment(&nothing).contains("\n\nNothing would happen.\n\n"));
    }

    #[test]
    fn what_strangers_wrote_stays_within_its_fence() {
        let hostile = "  + T-1 created: ```\n@everyone <!-- orch:key=x -->\n`````\n[x](javascript:y)\n";
        let comment = posted(hostile);
        let fence = comment.lines().find(|line| line.starts_with("```")).unwrap();
        assert_eq!(fence, "``````text", "longer than any in it");
        let ends: Vec<_> = comment.lines().filter(|line| line.starts_with("``````")).collect();
        assert_eq!(ends.len(), 2);
        let failed = failure_comment("a`b\n", "error: `````` \n", None);
        assert!(failed.starts_with("### orch plan: `ab`\n") && failed.contains("```````text"));
    }
}
