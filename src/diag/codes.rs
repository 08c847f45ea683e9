//! The one table of everything that can be wrong in the user's files.
//!
//! A code, once released, keeps its meaning for ever; a retired one is not given again. The
//! long explanations, with a bad and a good example each, stand in `src/diag/explain`.

use std::str::FromStr;

/// Whether a problem stops `orch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

macro_rules! issues {
    ($($name:ident $code:literal $severity:ident $title:literal)*) => {
        /// A kind of problem, with a code such as `ORCH-0201`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Issue {
            $(#[doc = $title] $name,)*
        }

        /// Every kind of problem, in the order of the codes.
        pub const ALL_ISSUES: &[Issue] = &[$(Issue::$name,)*];

        impl Issue {
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What is wrong, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What it means and what to do, in Markdown, with a bad and a good example.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("explain/", $code, ".md")),)* }
            }
        }
    };
}

issues! {
    // Reading files.
    FileTooLarge        "ORCH-0001" Error   "file is too large"
    NotUtf8             "ORCH-0002" Error   "file is not UTF-8"
    Syntax              "ORCH-0003" Error   "YAML syntax error"
    TooDeep             "ORCH-0004" Error   "nested too deeply"
    TooManyValues       "ORCH-0005" Error   "too many values"
    SeveralDocuments    "ORCH-0006" Error   "several YAML documents in one file"
    MergeKey            "ORCH-0007" Error   "merge keys are not supported"
    DuplicateKey        "ORCH-0008" Error   "key is given twice"
    KeyNotText          "ORCH-0009" Error   "key is not text"
    TwoFiles            "ORCH-0010" Error   "two files for the same purpose"
    UnknownTag          "ORCH-0011" Error   "YAML tags are not supported"
    FileNotRead         "ORCH-0012" Warning "file is not read by `orch`"
    LeadsOut            "ORCH-0013" Error   "link leads out of the project"

    // The shape of a file.
    UnknownKey          "ORCH-0101" Error   "unknown key"
    MissingKey          "ORCH-0102" Error   "a required key is missing"
    WrongType           "ORCH-0103" Error   "value has the wrong type"
    UnknownValue        "ORCH-0104" Error   "value is not one of those allowed"
    OutOfRange          "ORCH-0105" Error   "number is out of range"
    NotAName            "ORCH-0106" Error   "text is not a name"
    NotADuration        "ORCH-0107" Error   "text is not a duration"
    NotACode            "ORCH-0108" Error   "text is not a task code"
    NotATime            "ORCH-0109" Error   "text is not a point in time"
    NotABranch          "ORCH-0110" Error   "text is not a git branch or remote name"
    TextLength          "ORCH-0111" Error   "text is empty or too long"
    DurationTooLong     "ORCH-0112" Error   "duration is longer than a century"
    NotAnExpression     "ORCH-0113" Error   "text is not an expression or template"
    NotACron            "ORCH-0114" Error   "text is not a cron line"
    NotAPattern         "ORCH-0115" Error   "text is not a pattern"
    NotASize            "ORCH-0116" Error   "text is not a number of bytes"

    // Names that lead nowhere.
    UnknownAgent        "ORCH-0201" Error   "agent is not declared"
    UnknownReviewType   "ORCH-0202" Error   "review type is not declared"
    UnknownTier         "ORCH-0203" Error   "tier is not declared"
    UnknownTask         "ORCH-0204" Error   "task does not exist"
    UnknownCalendar     "ORCH-0205" Error   "calendar does not exist"
    UnknownStep         "ORCH-0206" Error   "step does not exist"
    UnknownReference    "ORCH-0207" Error   "expression names what is not there"
    UnknownOutput       "ORCH-0208" Error   "action has no such output"
    UnknownSecret       "ORCH-0209" Error   "secret is not declared"
    UnknownChannel      "ORCH-0210" Error   "channel is not declared"
    UnknownEventType    "ORCH-0211" Error   "event type does not exist"
    UnknownWorkflow     "ORCH-0212" Error   "workflow does not exist"
    UnknownRole         "ORCH-0213" Error   "role is not declared"
    UnknownZone         "ORCH-0214" Error   "time zone does not exist"

    // Things declared more than once.
    DuplicateCode       "ORCH-0301" Error   "task code is declared twice"
    DuplicateName       "ORCH-0302" Error   "name is declared twice"
    DuplicateTier       "ORCH-0303" Error   "tier is declared twice"
    RepeatedEntry       "ORCH-0304" Error   "list holds an entry twice"

    // What cannot work together.
    DependencyCycle     "ORCH-0401" Error   "tasks wait for each other"
    RouteNeverMatches   "ORCH-0402" Error   "route never matches"
    ObjectiveNeverMatches "ORCH-0403" Error "objective never applies"
    RequirementNeverMatches "ORCH-0404" Error "review requirement never applies"
    NoCapacity          "ORCH-0405" Error   "agent without capacity gets work"
    ObjectiveWithoutReviews "ORCH-0406" Error "objective for reviews that never happen"
    EmptyList           "ORCH-0407" Error   "list is empty"
    NoReviewers         "ORCH-0408" Error   "review type has no reviewers"
    OnlyReviewerIsAuthor "ORCH-0409" Warning "only reviewer is also the only author"
    EscalationOrder     "ORCH-0410" Error   "escalation levels are out of order"
    ZeroDuration        "ORCH-0411" Error   "objective allows no time"
    RatingRange         "ORCH-0412" Error   "rating range is empty"
    KeyWithoutEffect    "ORCH-0413" Error   "key has no effect here"
    UnusedReviewType    "ORCH-0414" Warning "review type is used by no tier"
    NobodyForTask       "ORCH-0415" Warning "nobody gets the task"
    DeadlineBeforeDependency "ORCH-0416" Warning "deadline is before that of a dependency"
    TierWithoutReview   "ORCH-0417" Warning "tier of a task has no effect"
    ExactlyOne          "ORCH-0418" Error   "exactly one of several keys is needed"
    StepCycle           "ORCH-0419" Error   "steps or workflows wait for each other"
    NeverHolds          "ORCH-0420" Warning "condition never holds"
    UnreachableStep     "ORCH-0421" Warning "step is never done"
    OutputWithoutNeed   "ORCH-0422" Error   "step asks for another without waiting for it"
    NeverFires          "ORCH-0423" Error   "schedule never fires"
    ExceedsPermissions  "ORCH-0424" Error   "step exceeds the permissions of its workflow"
    SecretExposed       "ORCH-0425" Error   "secret stands where it would be shown"
    NoTime              "ORCH-0426" Error   "length of time is nothing"
    InvalidInput        "ORCH-0427" Error   "input contradicts itself"
    WrongArgument       "ORCH-0428" Error   "action does not take the argument"
    EmptyWindow         "ORCH-0429" Error   "freeze ends before it begins"
    TooManyItems        "ORCH-0430" Error   "list is longer than its limit"
    NoQuoting           "ORCH-0431" Error   "value stands where it cannot be quoted"
    RoleWithoutRight    "ORCH-0432" Error   "role may not do what it is asked for"
    UnknownOwner        "ORCH-0433" Warning "owner is nobody who is declared"
    NobodyByThatName    "ORCH-0434" Error   "member of a role can never be known"
    RiskyVariable       "ORCH-0436" Warning "variable decides what is run"
    TimeoutBeyondRun    "ORCH-0437" Warning "step may take longer than its run"
    UnknownGithubAction "ORCH-0438" Warning "event of GitHub has no such action"
    IssueOfTwoTasks     "ORCH-0445" Error   "issue would stand for two tasks"
}

impl FromStr for Issue {
    type Err = String;

    /// Takes `ORCH-0201`, in any case, and the bare number.
    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.trim().to_ascii_uppercase();
        let number = wanted.strip_prefix("ORCH-").unwrap_or(&wanted).trim_start_matches('0');
        ALL_ISSUES
            .iter()
            .copied()
            .find(|issue| {
                !number.is_empty() && issue.code()["ORCH-".len()..].trim_start_matches('0') == number
            })
            .ok_or_else(|| format!("{} is not a code of `orch`", super::literal(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_read_back() {
        for pair in ALL_ISSUES.windows(2) {
            assert!(pair[0].code() < pair[1].code(), "{}", pair[1].code());
        }
        for issue in ALL_ISSUES {
            assert_eq!(issue.code().to_lowercase().parse(), Ok(*issue));
        }
        assert_eq!("201".parse(), Ok(Issue::UnknownAgent));
        assert!("ORCH-".parse::<Issue>().is_err());
        assert!("ORCH-9999".parse::<Issue>().is_err());
    }

    #[test]
    fn explanations_begin_with_their_code_and_show_both_examples() {
        for issue in ALL_ISSUES {
            let text = issue.explanation();
            let heading = format!("# {}: {}\n", issue.code(), issue.title());
            assert!(text.starts_with(&heading), "{} begins with {:?}", issue.code(), text.lines().next());
            assert!(text.contains("\nWrong:\n") && text.contains("\nRight:\n"), "{}", issue.code());
        }
    }
}
