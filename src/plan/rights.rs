//! Every role, action and resource against a second reading of the rules; and names that somebody made up.

use std::fmt::Write as _;

use super::access::{Action, Decision, Resource, may};
use super::testing::{Team, add, at, code, content, team};
use super::{Inputs, PlanError, plan};
use crate::model::{
    Actor, Ask, Config, Name, NewTask, Origin, Request, Right, Role, Scope, Source, TaskMatch,
};
use std::borrow::Cow;

fn role(line: u32, name: &str, members: &[&str], may: &[Right], on: Option<Scope>, verified: bool) -> Role {
    Role {
        name: name.into(),
        title: None,
        members: members.iter().map(|member| Name::from(*member)).collect(),
        may: may.to_vec(),
        on,
        verified,
        origin: Origin::new("roles.yaml", line, 5),
    }
}

fn with(roles: Vec<Role>) -> Config {
    Config { roles: Some(roles.into_iter().map(|role| (role.name.clone(), role)).collect()), ..team() }
}

fn of_kind(kind: &str) -> NewTask {
    NewTask { kind: kind.into(), ..content("x", "tweet", 1) }
}

fn limits() -> [(&'static str, Option<Scope>); 4] {
    let tasks = TaskMatch { types: vec!["content".into()], ..TaskMatch::default() };
    [
        ("all", None),
        ("tasks", Some(Scope { workflows: Vec::new(), tasks: Some(tasks) })),
        ("deploy-*", Some(Scope { workflows: vec!["deploy-*".into()], tasks: None })),
        ("nothing", Some(Scope::default())),
    ]
}

fn resources() -> Vec<(&'static str, Resource<'static>)> {
    let task = |kind| Resource::Task(Cow::Owned(of_kind(kind)));
    vec![
        ("project", Resource::Project),
        ("deploy-web", Resource::Workflow("deploy-web")),
        ("deploy", Resource::Workflow("deploy")),
        ("redeploy-web", Resource::Workflow("redeploy-web")),
        ("content", task("content")),
        ("lore", task("lore")),
    ]
}

fn actors() -> Vec<Actor> {
    vec![
        Actor::from("mika@example.com"),
        Actor::git("mika@example.com", "studio"),
        Actor::line("mika@example.com"),
        Actor::from("lore"),
        Actor::line("lore"),
        Actor::github(583_231, "octocat"),
        Actor::github(1, "mika@example.com"),
        Actor::from("github:583231"),
        Actor::git("github:583231", "studio"),
        Actor::itself(),
    ]
}

/// The same rules, read anew: by what is written of each combination, not by walking over roles.
fn oracle(
    role: &Role,
    limit: &str,
    actor: &Actor,
    right: Right,
    resource: &str,
    owner: Option<&str>,
) -> bool {
    let said = |name: &str| actor.name == name;
    let verified = matches!(actor.source, Source::Github { .. });
    let own = owner == Some("lore") && said("lore");
    let member = match &actor.source {
        Source::Itself => return true,
        Source::Line => false,
        Source::Github { id, .. } => role.members.iter().any(|member| *member == format!("github:{id}")),
        Source::Told | Source::Git { .. } => {
            !said("github:583231") && role.members.iter().any(|member| said(member))
        }
    };
    let in_reach =
        matches!((limit, resource), ("all", _) | ("tasks", "content") | ("deploy-*", "deploy-web"));
    own || (member && in_reach && role.may.contains(&right) && (verified || !role.verified))
}

#[test]
fn every_role_action_and_resource_agrees_with_the_oracle() {
    let (mut decisions, mut grants, mut wrong) = (0u32, 0u32, String::new());
    // Every set of rights a role may have.
    for set in 0u32..1 << Right::ALL.len() {
        let rights: Vec<Right> = Right::ALL
            .into_iter()
            .enumerate()
            .filter(|(bit, _)| set >> bit & 1 == 1)
            .map(|(_, r)| r)
            .collect();
        for (limit, on) in limits() {
            for verified in [false, true] {
                let members = ["mika@example.com", "lore", "github:583231"];
                let role = role(2, "crew", &members, &rights, on.clone(), verified);
                let config = with(vec![role.clone()]);
                for actor in actors() {
                    for right in Right::ALL {
                        for (name, resource) in resources() {
                            for owner in [None, Some("lore"), Some("mika@example.com")] {
                                let action =
                                    Action::new(right, resource.clone()).owned_by(owner.map(Name::from));
                                let decision = may(&config, &actor, &action);
                                let allowed = matches!(decision, Decision::Allowed(_));
                                decisions += 1;
                                grants += u32::from(allowed);
                                if allowed != oracle(&role, limit, &actor, right, name, owner) {
                                    let _ = writeln!(wrong, "{actor:?} {right:?} {name} {owner:?} {role:?}");
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(wrong, "", "of {decisions}");
    assert_eq!(decisions, 128 * 4 * 2 * 10 * 7 * 6 * 3);
    assert!(grants > 0 && grants < decisions / 2, "{grants} of {decisions}");
}

#[test]
fn names_that_somebody_makes_up_get_nothing() {
    let all = Right::ALL;
    let config = with(vec![
        role(2, "owner", &["github:583231"], &all, None, true),
        role(6, "lead", &["mika@example.com", "lore"], &all, None, false),
        role(10, "account", &["github:77"], &all, None, false),
    ]);
    let names = [
        "",
        " ",
        "\t",
        "\n",
        "\u{200b}",
        "mika@example.com ",
        " mika@example.com",
        "mika@example.com\n",
        "mika@example.com\0",
        "MIKA@example.com",
        "Mika@Example.com",
        "mika@EXAMPLE.com",
        "mіka@example.com",
        "mika@exаmple.com",
        "ｍika@example.com",
        "mika@example.com\u{200d}",
        "mika\u{0301}@example.com",
        "mika",
        "example.com",
        "*",
        "mika@*",
        "lore\u{0}",
        "Lore",
        "LORE",
        "lоre",
        "lore\n- may: admin",
        "lore, owner",
        "owner",
        "lead",
        "role:lead",
        "octocat",
        "github:octocat",
        "github:583231",
        "github:0583231",
        "github:583231 ",
        "github:+583231",
        "github:77",
        "GitHub:77",
        "github:77\n",
        "583231",
        "77",
        "orch",
        "Orch",
        "orch[bot]",
        "github-actions[bot]",
        "ghost",
        "/approve as mika@example.com",
        "by mika@example.com",
        "{{ roles.lead.members }}",
        "null",
        "true",
    ];
    let mut tried = 0;
    let mut granted = Vec::new();
    let mut check = |actor: Actor| {
        for right in Right::ALL {
            for (_, resource) in resources() {
                tried += 1;
                if let Decision::Allowed(role) = may(&config, &actor, &Action::new(right, resource)) {
                    granted.push((actor.clone(), role.map(|role| role.name.clone())));
                }
            }
        }
    };
    for name in names {
        check(Actor::from(name));
        check(Actor::git(name, "studio"));
        check(Actor::line(name));
        // An account whose login is what somebody else is called, or was called before.
        check(Actor::github(4_000_000, name));
    }
    // True names from where anybody can write them.
    check(Actor::line("mika@example.com"));
    check(Actor::line("lore"));
    check(Actor::github(58_323, "octocat"));
    check(Actor::github(0, "mika@example.com"));
    assert_eq!(granted, []);
    assert_eq!(tried, (names.len() * 4 + 4) * 7 * 6);
}

#[test]
fn the_number_counts_and_not_the_login() {
    let config = with(vec![role(2, "owner", &["github:583231"], &[Right::Admin], None, true)]);
    for login in ["octocat", "renamed", "", "ghost"] {
        let decision =
            may(&config, &Actor::github(583_231, login), &Action::new(Right::Admin, Resource::Project));
        assert!(matches!(decision, Decision::Allowed(Some(role)) if role.name == "owner"));
    }
}

fn refused(team: &Team, request: Request) -> String {
    let requests = [request];
    match plan(&team.config, team.state.clone(), &Inputs::new(at("09:10"), "c0ffee".into(), &requests)) {
        Err(PlanError::Refused { refusal, .. }) => {
            format!("{refusal}; {}", refusal.hint().unwrap_or_default())
        }
        Ok(planned) => {
            let asked = planned.plan.events.iter().find(|event| event.cause.is_none()).unwrap().asked.clone();
            format!("{:?}", asked.unwrap())
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn agents_do_their_own_work_and_a_role_the_rest() {
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", add("T-1", content("one", "tweet", 3)));
    let scope = Scope { workflows: Vec::new(), tasks: limits()[1].1.clone().unwrap().tasks };
    team.config = with(vec![
        role(2, "editors", &["mika@example.com"], &[Right::Edit], Some(scope), false),
        role(6, "leads", &["coordinator", "github:77"], &[Right::Claim, Right::Review], None, false),
        role(9, "owners", &["github:77"], &[Right::Admin, Right::Edit], None, true),
    ]);
    let start = || Ask::Start { task: code("T-1") };
    let cancel = || Ask::Cancel { task: code("T-1"), reason: None };
    let add = |name: &str, kind| add(name, of_kind(kind));
    let tells = [
        refused(&team, Request::new("content", start())),
        refused(&team, Request::new(Actor::line("content"), start())),
        refused(&team, Request::new(Actor::git("rei@example.com", "studio"), start())),
        refused(&team, Request::new(Actor::github(77, "rei"), start())),
        refused(&team, Request::new("content", cancel())),
        refused(&team, Request::new("mika@example.com", cancel())),
        refused(&team, Request::new(Actor::line("mika@example.com"), cancel())),
        refused(&team, Request::new("mika@example.com", add("T-2", "content"))),
        refused(&team, Request::new("mika@example.com", add("L-2", "lore"))),
        refused(&team, Request::new("github:77", cancel())),
    ];
    insta::assert_snapshot!(tells.join("\n"), @r#"
    Asked { source: Told, role: None, at: None, token: None, overrides: false }
    Asked { source: Line, role: None, at: None, token: None, overrides: false }
    `rei@example.com` may not act for others on tasks; roles that may: leads
    Asked { source: Github { id: 77, login: "rei" }, role: Some("leads"), at: Some("roles.yaml:6"), token: None, overrides: false }
    `content` may not add, change or cancel this task; roles that may: editors, owners
    Asked { source: Told, role: Some("editors"), at: Some("roles.yaml:2"), token: None, overrides: false }
    `mika@example.com` may not add, change or cancel this task; a name in a request file gives no rights: leave `as` out, and who hands the file over is asked
    Asked { source: Told, role: Some("editors"), at: Some("roles.yaml:2"), token: None, overrides: false }
    `mika@example.com` may not add, change or cancel this task; role `editors` (roles.yaml:2) has this right, but not here: see its `on`
    `github:77` may not add, change or cancel this task; roles that may: editors, owners
    "#);
}

#[test]
fn what_is_edited_out_of_reach_was_in_reach_before_and_is_after() {
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", add("T-1", of_kind("content")));
    team.ask(at("09:00"), "boss", add("L-1", of_kind("lore")));
    let scope = limits()[1].1.clone();
    team.config = with(vec![role(2, "editors", &["mika@example.com"], &[Right::Edit], scope, false)]);
    let edit = |task: &str, kind: &str| {
        let edit = crate::model::TaskEdit { kind: Some(kind.into()), ..crate::model::TaskEdit::default() };
        refused(&team, Request::new("mika@example.com", Ask::Edit { task: code(task), edit }))
    };
    assert!(
        edit("T-1", "lore").starts_with("`mika@example.com` may not add, change or cancel this task; role")
    );
    assert!(edit("L-1", "content").starts_with("`mika@example.com` may not"));
}
