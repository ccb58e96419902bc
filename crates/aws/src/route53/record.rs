//! `aws:route53:Record`: what a zone answers for one name and type.

use stack::resource::*;

/// What a hosted zone answers for one name and type: values, or what an alias points to.
///
/// Its id is `ZONE_NAME_TYPE`, followed by `_SET` where it has a `set_identifier`, with the name as the program writes
/// it, in lower case. A record that is there already is never overwritten: take it in with `stack import`.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:route53:Record",
    unique("zone_id", "name", "type", "set_identifier")
)]
pub struct Record {
    /// The id of the hosted zone.
    #[input(replaces)]
    pub zone_id: String,
    /// The whole name, such as `www.example.com`; `*` may be its first label. Characters other than letters, digits, `-`
    /// and `_` are written as three octal digits after a backslash.
    #[input(replaces, case_insensitive)]
    pub name: String,
    /// The type.
    #[input(replaces)]
    pub r#type: RecordType,
    /// How long resolvers may remember the answer, in seconds, from 0 to 2,147,483,647. 300 by default. An alias has its
    /// target's.
    #[input(reset = 300)]
    pub ttl: Option<i64>,
    /// The values, such as addresses; texts of `TXT` in double quotes, at most 255 characters in each pair.
    #[input(set)]
    pub records: Vec<String>,
    /// What answers in its place: a load balancer, a distribution, another record of the zone. Instead of `records`.
    // What is not an alias any more has `records`, which say so; see the handler.
    #[input(reset = {})]
    pub alias: Option<Alias>,
    /// What tells it from the other records of its name and type, at most 128 characters. Needed with `weight`, `region`,
    /// `failover`, `geolocation` and `multivalue_answer`, of which a record has at most one.
    #[input(replaces)]
    pub set_identifier: Option<String>,
    /// Its share of the answers, from 0 to 255, among the weights of all records of its name and type.
    #[input]
    pub weight: Option<i64>,
    /// The region that it is in, such as `eu-west-3`: the record of the region with the lowest latency answers.
    #[input]
    pub region: Option<String>,
    /// Whether it answers while it is healthy, or when the other one is not.
    #[input]
    pub failover: Option<Failover>,
    /// For questions from where it answers.
    #[input]
    pub geolocation: Option<Geolocation>,
    /// Whether it is one of up to eight healthy records that answer together. Off by default.
    #[input(replaces)]
    pub multivalue_answer: Option<bool>,
    /// The id of the health check: it answers only while that is healthy.
    #[input(reset = "")]
    pub health_check_id: Option<String>,
    /// The name as DNS has it: in lower case and without a dot at its end.
    #[output]
    pub fqdn: String,
}

/// The type of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum RecordType {
    /// IPv4 addresses.
    #[choice("A")]
    A,
    /// IPv6 addresses.
    #[choice("AAAA")]
    Aaaa,
    /// Who may issue certificates.
    #[choice("CAA")]
    Caa,
    /// Another name for it.
    #[choice("CNAME")]
    Cname,
    /// The key of a delegated zone.
    #[choice("DS")]
    Ds,
    /// How to reach a web server.
    #[choice("HTTPS")]
    Https,
    /// Who takes its mail.
    #[choice("MX")]
    Mx,
    /// Rules that rewrite.
    #[choice("NAPTR")]
    Naptr,
    /// Name servers.
    #[choice("NS")]
    Ns,
    /// The name of an address.
    #[choice("PTR")]
    Ptr,
    /// The start of a zone.
    #[choice("SOA")]
    Soa,
    /// Who may send its mail; superseded by `TXT`.
    #[choice("SPF")]
    Spf,
    /// Where a service is.
    #[choice("SRV")]
    Srv,
    /// Fingerprints of SSH keys.
    #[choice("SSHFP")]
    Sshfp,
    /// How to reach a service.
    #[choice("SVCB")]
    Svcb,
    /// Which certificate a server has.
    #[choice("TLSA")]
    Tlsa,
    /// Texts.
    #[choice("TXT")]
    Txt,
}

/// What answers in a record's place.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Alias {
    /// The target's name in DNS, without a dot at its end.
    #[input(case_insensitive)]
    pub name: String,
    /// The id of the hosted zone that the target is in: that of the load balancer or service, not one's own.
    pub zone_id: String,
    /// Whether it answers only while its target is healthy. Off by default.
    #[input(reset = false)]
    pub evaluate_target_health: Option<bool>,
}

/// When a record of a pair answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Failover {
    /// While it is healthy.
    #[choice("PRIMARY")]
    Primary,
    /// While the other one is not.
    #[choice("SECONDARY")]
    Secondary,
}

/// Where questions come from: a continent, or a country and perhaps a part of it.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Geolocation {
    /// `AF`, `AN`, `AS`, `EU`, `OC`, `NA` or `SA`.
    pub continent: Option<String>,
    /// Two letters by ISO 3166-1, or `*` for everything that no other record answers.
    pub country: Option<String>,
    /// A state of the United States, or an oblast of Ukraine.
    pub subdivision: Option<String>,
}

#[cfg(feature = "provider")]
mod handler;
