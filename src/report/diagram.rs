//! A workflow as a Mermaid flowchart, as GitHub and others draw it from Markdown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::clean::one_line;
use super::steps::act_in_words;
use super::triggers::triggers_in_short;
use crate::model::{Act, Step, Workflow};

/// The flowchart. What users wrote stands in it escaped, so that it is a label whatever it says.
pub fn mermaid(workflow: &Workflow) -> String {
    let mut chart = Chart { text: "flowchart TD\n".to_owned() };
    let trigger = format!("{}: {}", workflow.title, triggers_in_short(workflow));
    chart.line(&format!("start([{}])", label(&trigger)));
    let mut from = "start".to_owned();
    if workflow.approval.is_some() {
        chart.line(&format!("approval{{{}}}", label("approval")));
        chart.line("start --> approval");
        "approval".clone_into(&mut from);
    }
    chart.list(&workflow.steps, "s", Some(&from));
    let ends = ends(&workflow.steps, "s");
    let after = |chart: &mut Chart, steps: &[Step], prefix: &str, title: &str, how: &str| {
        if steps.is_empty() {
            return;
        }
        chart.line(&format!("subgraph {prefix}_list [{}]", label(title)));
        chart.list(steps, prefix, None);
        chart.line("end");
        for end in &ends {
            chart.line(&format!("{end} -.->|{}| {prefix}_list", label(how)));
        }
    };
    after(&mut chart, &workflow.on_failure, "f", "on failure", "failed");
    after(&mut chart, &workflow.finally, "z", "finally", "always");
    chart.text
}

struct Chart {
    text: String,
}

impl Chart {
    fn line(&mut self, line: &str) {
        // Writing into a text cannot fail.
        let _ = writeln!(self.text, "  {line}");
    }

    fn list(&mut self, steps: &[Step], prefix: &str, from: Option<&str>) {
        for (index, step) in steps.iter().enumerate() {
            let (open, close) = match step.act {
                Act::Approve(_) => ("{", "}"),
                Act::Wait { .. } => ("([", "])"),
                _ => ("[", "]"),
            };
            let title = step.title.clone().unwrap_or_else(|| step.id.to_string());
            let text = format!("{title}<br/>{}", act_in_words(&step.act));
            self.line(&format!("{prefix}{index}{open}{}{close}", label(&text)));
        }
        for (index, step) in steps.iter().enumerate() {
            let how = step.condition.as_ref().map(|condition| format!("|{}|", label(condition.source())));
            let before: BTreeSet<usize> = step
                .needs
                .iter()
                .chain(&step.after)
                .filter_map(|id| steps.iter().position(|step| step.id == *id))
                .collect();
            for earlier in &before {
                self.line(&format!("{prefix}{earlier} -->{} {prefix}{index}", how.as_deref().unwrap_or("")));
            }
            if let Some(from) = from.filter(|_| before.is_empty()) {
                self.line(&format!("{from} -->{} {prefix}{index}", how.as_deref().unwrap_or("")));
            }
        }
    }
}

/// The steps that no other one of their list follows.
fn ends(steps: &[Step], prefix: &str) -> Vec<String> {
    let is_before = |id: &str| steps.iter().any(|step| step.needs.iter().chain(&step.after).any(|n| n == id));
    let last = steps.iter().enumerate().filter(|(_, step)| !is_before(&step.id));
    last.map(|(index, _)| format!("{prefix}{index}")).collect()
}

/// A text in quotes, in which nothing means anything to Mermaid, Markdown or HTML: all but letters, digits
/// and plain marks become entities. `<br/>` stays a line break.
fn label(text: &str) -> String {
    let mut out = String::from("\"");
    for (index, line) in text.split("<br/>").enumerate() {
        if index > 0 {
            out.push_str("<br/>");
        }
        for c in one_line(line).chars() {
            if c.is_alphanumeric() || " .,-_/=+".contains(c) {
                out.push(c);
            } else {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_nothing_but_text() {
        let hostile = "\"]; click s0 href \"javascript:alert(1)\" %%{init}%% <script> `x` #quot; \n end";
        let label = label(hostile);
        let inner = &label[1..label.len() - 1];
        assert!(
            !inner.contains(['"', '<', '>', '[', ']', '{', '}', '(', ')', '`', '%', '\n', ':']),
            "{label}"
        );
        assert_eq!(super::label("a<br/>b"), "\"a<br/>b\"");
    }
}
