//! Managing channels: create, list, show, change, clear, delete; and the public ones, with search and pages.

use fieldpost_engine::Refusal;
use fieldpost_engine::accounts::Chosen;
use fieldpost_store::{ChannelFilter, Head};
use fieldpost_wire::channel::About;
use fieldpost_wire::document::Node;
use fieldpost_wire::feed::time_node;
use fieldpost_wire::number::{leading_int, loose};
use fieldpost_wire::{Channel, ChannelId, Zone};

use super::Ask;
use super::feeds::empty_list_xml;
use super::route::Format;
use crate::device::Reply;
use crate::device::reply::content_type;

/// How many public channels stand on a page.
const PER_PAGE: usize = 15;

/// Whom a channel's settings are shown to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum View {
    /// Its owner: all of it, with the keys.
    Private,
    /// Anybody.
    Public,
    /// Anybody, in a list of many owners' channels.
    Listed,
}

impl Ask<'_> {
    /// Makes a channel for the user whose key came along.
    pub(super) async fn create_channel(&self) -> Result<Reply, Refusal> {
        let user = self.user().await?;
        let mut about = About::new_channel();
        about.apply(&self.params);
        let channel = self.engine.create_channel(&user, about, Chosen::default()).await?;
        Ok(self
            .document(settings(&channel, &Head::default(), View::Private, &self.zone()), "channel"))
    }

    /// Lists the user's channels, with their keys.
    pub(super) async fn list_channels(&self) -> Result<Reply, Refusal> {
        let user = self.user().await?;
        let tag = self
            .params
            .get("tag")
            .filter(|tag| !tag.trim().is_empty())
            .map(|tag| tag.trim().to_string());
        let own = ChannelFilter { owner: Some(user.id), tag, ..ChannelFilter::default() };
        let channels = self.engine.channels(own).await?;
        let zone = self.zone();
        let nodes = channels
            .iter()
            .map(|(channel, head)| settings(channel, head, View::Private, &zone))
            .collect();
        Ok(self.document(Node::Array("channel", nodes), "channels"))
    }

    /// Shows a channel's settings: all to its owner, the public part of a public one to anybody.
    pub(super) async fn show_channel(&self, id: ChannelId) -> Result<Reply, Refusal> {
        let channel = self.engine.channel(id).await?;
        let head = self.engine.head(id).await?;
        match self.user().await {
            Ok(user) if user.id == channel.owner => {
                Ok(self.document(settings(&channel, &head, View::Private, &self.zone()), "channel"))
            }
            Err(Refusal::Failed) => Err(Refusal::Failed),
            _ if channel.about.public => {
                Ok(self.document(settings(&channel, &head, View::Public, &self.zone()), "channel"))
            }
            // A read key opens a private channel's entries, not its settings.
            _ => Err(Refusal::UserKeyUnknown),
        }
    }

    /// Changes the settings that are named.
    pub(super) async fn change_channel(&self, id: ChannelId) -> Result<Reply, Refusal> {
        let user = self.user().await?;
        let params = self.params.clone();
        let channel = self
            .engine
            .change_channel(&user, id, move |channel| channel.about.apply(&params))
            .await?;
        let head = self.engine.head(id).await?;
        Ok(self.document(settings(&channel, &head, View::Private, &self.zone()), "channel"))
    }

    /// Deletes a channel and answers what it was.
    pub(super) async fn delete_channel(&self, id: ChannelId) -> Result<Reply, Refusal> {
        let user = self.user().await?;
        let channel = self.engine.own_channel(&user, id).await?;
        let head = self.engine.head(id).await?;
        self.engine.delete_channel(&user, id).await?;
        Ok(self.document(settings(&channel, &head, View::Public, &self.zone()), "channel"))
    }

    /// Deletes a channel's entries and answers an empty list.
    pub(super) async fn clear(&self, id: ChannelId) -> Result<Reply, Refusal> {
        let user = self.user().await?;
        self.engine.clear_channel(&user, id).await?;
        Ok(match self.format {
            Format::Xml => Reply::ok(content_type::XML, empty_list_xml()),
            _ => self.json("[]".into()),
        })
    }

    /// Lists public channels, the best described first, fifteen to a page.
    pub(super) async fn public_channels(&self) -> Result<Reply, Refusal> {
        let page = self.params.get("page").filter(|page| !page.is_empty()).map_or(1, leading_int);
        let page = usize::try_from(page).ok().filter(|page| *page > 0).ok_or(Refusal::NoRoute)?;
        let mut found = self.engine.channels(self.public_filter()).await?;
        self.search(&mut found);
        let total = found.len();
        let shown = found.iter().skip((page - 1).saturating_mul(PER_PAGE)).take(PER_PAGE);
        let zone = self.zone();
        let channels =
            shown.map(|(channel, head)| settings(channel, head, View::Listed, &zone)).collect();
        let channels = ("channels", Node::Array("channel", channels));
        let (current, all) = (page as i64, total as u64);
        if self.format == Format::Xml {
            let members = vec![
                ("current_page", Node::TypedInt("WillPaginate::PageNumber", current)),
                ("per_page", Node::int(PER_PAGE as u64)),
                ("total_entries", Node::int(all)),
                channels,
            ];
            return Ok(self.document(Node::Object(members), "response"));
        }
        let pagination = vec![
            ("current_page", Node::Int(Some(current))),
            ("per_page", Node::int(PER_PAGE as u64)),
            ("total_entries", Node::int(all)),
        ];
        Ok(self.document(
            Node::Object(vec![("pagination", Node::Object(pagination)), channels]),
            "response",
        ))
    }

    fn public_filter(&self) -> ChannelFilter {
        let by_name = self.given("username").is_some() || self.given("channel_ids").is_some();
        let tag = self.given("tag").filter(|_| !by_name).map(str::to_string);
        ChannelFilter { public_only: true, tag, ..ChannelFilter::default() }
    }

    fn given(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Narrows public channels down and puts them in order: by ids, by owner, by word, by nearness, else all.
    fn search(&self, found: &mut Vec<(Channel, Head)>) {
        if let Some(words) = self.given("q") {
            found.retain(|(channel, _)| speaks_of(channel, words));
        }
        let ids: Vec<u64> = self
            .params
            .iter()
            .filter(|(name, _)| matches!(*name, "channel_ids" | "channel_ids[]"))
            .flat_map(|(_, param)| {
                param.text.split(',').filter_map(|id| id.trim().parse().ok()).collect::<Vec<_>>()
            })
            .collect();
        if !ids.is_empty() {
            found.retain(|(channel, _)| ids.contains(&channel.id.get()));
        } else if let Some(login) = self.given("username") {
            found.retain(|(channel, _)| channel.username.eq_ignore_ascii_case(login));
        } else if self.given("tag").is_none()
            && let (Some(north), Some(east)) =
                (self.given("latitude").and_then(loose), self.given("longitude").and_then(loose))
        {
            let distance = |channel: &Channel| {
                let place = |text: &Option<String>| text.as_deref().and_then(loose);
                let (latitude, longitude) =
                    (place(&channel.about.latitude)?, place(&channel.about.longitude)?);
                Some(kilometres((north, east), (latitude, longitude)))
            };
            let most = self.given("distance").and_then(loose).unwrap_or(f64::INFINITY);
            found.retain(|(channel, _)| distance(channel).is_some_and(|km| km <= most));
            found.sort_by(|(a, _), (b, _)| {
                f64::total_cmp(&distance(a).unwrap_or(f64::MAX), &distance(b).unwrap_or(f64::MAX))
            });
            return;
        }
        best_first(found);
    }

    /// A document as JSON, or as XML under this root.
    pub(super) fn document(&self, node: Node<'_>, root: &str) -> Reply {
        match self.format {
            Format::Xml => Reply::ok(content_type::XML, node.to_xml(root)),
            _ => self.json(node.to_json()),
        }
    }
}

/// True if a channel's name or description holds these words, in whatever case.
pub(crate) fn speaks_of(channel: &Channel, words: &str) -> bool {
    let words = words.to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&words);
    holds(&channel.name()) || channel.about.description.as_deref().is_some_and(holds)
}

/// Puts the best described channels first, and of those that are equal the one that was changed last.
pub(crate) fn best_first(channels: &mut [(Channel, Head)]) {
    channels.sort_by_key(|(channel, _)| {
        (u8::MAX - channel.ranking(), std::cmp::Reverse(channel.updated_at), channel.id)
    });
}

/// The distance between two places (degrees north, degrees east) on the ground.
fn kilometres((north_a, east_a): (f64, f64), (north_b, east_b): (f64, f64)) -> f64 {
    let (a, b) = (north_a.to_radians(), north_b.to_radians());
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let chord = half(a, b) + a.cos() * b.cos() * half(east_a.to_radians(), east_b.to_radians());
    2.0 * 6_371.0 * chord.sqrt().asin()
}

/// A channel's settings as a document, with the members in the order that the service has.
pub(super) fn settings<'a>(
    channel: &'a Channel,
    head: &Head,
    view: View,
    zone: &'a Zone,
) -> Node<'a> {
    let about = &channel.about;
    let decimal = |text: &'a Option<String>| Node::Decimal(text.as_deref().map(Into::into));
    let last = Node::Int(head.last.map(|id| id.get() as i64));
    let tags = about.tags.iter().map(|tag| {
        Node::Object(vec![("id", Node::int(tag.id)), ("name", Node::text(tag.name.as_str()))])
    });
    let tags = ("tags", Node::Array("tag", tags.collect()));
    let mut members = vec![
        ("id", Node::int(channel.id.get())),
        ("name", Node::text(channel.name())),
        ("description", Node::maybe(about.description.as_deref())),
        ("latitude", decimal(&about.latitude)),
        ("longitude", decimal(&about.longitude)),
        ("created_at", time_node(zone, channel.created_at)),
        ("elevation", Node::maybe(about.elevation.as_deref())),
        ("last_entry_id", last),
    ];
    if view == View::Listed {
        members.push(("ranking", Node::int(channel.ranking().into())));
        members.push(("username", Node::text(channel.username.as_str())));
        members.push(tags);
        return Node::Object(members);
    }
    members.extend([
        ("public_flag", Node::Bool(about.public)),
        ("url", Node::maybe(about.url.as_deref())),
        ("ranking", Node::int(channel.ranking().into())),
        ("metadata", Node::maybe(about.metadata.as_deref())),
        ("license_id", Node::int(0)),
        // The service's XML has this only where it is set.
        ("github_url", Node::JsonText(about.github_url.as_deref().map(Into::into))),
        tags,
    ]);
    if view == View::Private {
        let key = |key: &'a fieldpost_wire::ApiKey, writes| {
            Node::Object(vec![
                ("api_key", Node::text(key.reveal())),
                ("write_flag", Node::Bool(writes)),
            ])
        };
        let mut keys = vec![key(&channel.write_key, true)];
        keys.extend(channel.read_keys.iter().map(|read| key(&read.key, false)));
        members.push(("api_keys", Node::Array("api_key", keys)));
    }
    Node::Object(members)
}
