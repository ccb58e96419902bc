//! `std:http:Check`.

use stack::resource::*;

/// How a check asks.
#[derive(Debug, Clone, Copy, PartialEq, Choice)]
pub enum Method {
    /// GET.
    #[choice("GET")]
    Get,
    /// HEAD.
    #[choice("HEAD")]
    Head,
    /// POST, without a body.
    #[choice("POST")]
    Post,
    /// OPTIONS.
    #[choice("OPTIONS")]
    Options,
}

/// Asks an address until it answers as it should. It asks when it is first declared, and again when an input changes.
///
/// TLS certificates are verified. Redirects are not followed: expect a 301 if that is what should come.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("std:http:Check", effect, only_looks, create = "1h", update = "1h")]
pub struct Check {
    /// The address, `http://` or `https://`.
    #[input]
    pub url: String,
    /// How it asks; `GET` when it is not set.
    #[input(reset = "GET")]
    pub method: Option<Method>,
    /// The headers that it sends, besides a `User-Agent` that says who asks.
    #[input]
    pub headers: BTreeMap<String, String>,
    /// The statuses that are right; 200 alone when it is not set.
    #[input(set, reset = [])]
    pub expected_status: Vec<u16>,
    /// A text that the body must contain.
    #[input(reset = "")]
    pub body_contains: Option<String>,
    /// How many seconds lie between two questions; 2 when it is not set.
    #[input(reset = 2)]
    pub interval_seconds: Option<u32>,
    /// After how many seconds it asks no more; 300 when it is not set, and never more than the resource's timeout. An
    /// answer that is under way then is waited for, up to 10 seconds.
    #[input(reset = 300)]
    pub deadline_seconds: Option<u32>,
    /// Values whose change makes it ask again, such as a task definition's ARN.
    #[input]
    pub triggers: BTreeMap<String, String>,
    /// The status that was right.
    #[output(volatile, generated)]
    pub status: u16,
    /// How many seconds it took until the answer was right.
    #[output(volatile, generated)]
    pub seconds: f64,
}

#[cfg(feature = "provider")]
mod handler {
    use std::time::Duration;

    use stack_provider::{Actions, Context, Effect, Error, ErrorKind, Result};
    use tokio::time::Instant;

    use super::{Check, CheckInputs, Method};
    use crate::provider::StdClient;

    /// How long one answer may take.
    const PATIENCE: Duration = Duration::from_secs(10);

    impl Effect for Check {
        type Client = StdClient;

        /// Anybody may ask.
        fn actions() -> Actions {
            Actions::none()
        }

        async fn run(
            client: &StdClient,
            inputs: &CheckInputs,
            context: &Context,
        ) -> Result<(String, Self)> {
            let begin = Instant::now();
            let limit = Duration::from_secs(inputs.deadline_seconds.unwrap_or(300).into());
            // The last question has its full time too: cut short, it would only tell of a time-out.
            let latest = context.deadline.checked_sub(PATIENCE).unwrap_or(begin);
            let deadline = latest.min(begin + limit);
            let interval = Duration::from_secs(inputs.interval_seconds.unwrap_or(2).into());
            let status = loop {
                let last = match ask(client, inputs).await? {
                    Answer::Right(status) => break status,
                    Answer::Wrong(last) => last,
                };
                context
                    .report
                    .waiting(&format!("{} to answer as it should: {last}", inputs.url));
                if Instant::now() + interval >= deadline {
                    let waited = begin.elapsed().as_secs();
                    let message = format!(
                        "{} did not answer as it should within {waited} s; last: {last}",
                        inputs.url
                    );
                    return Err(Error::new(ErrorKind::TimedOut, message)
                        .hint("raise deadline_seconds if it simply needs longer"));
                }
                tokio::select! {
                    () = tokio::time::sleep(interval) => {}
                    () = context.cancelled.cancelled() => {
                        let message = format!("stopped waiting for {}; last: {last}", inputs.url);
                        return Err(Error::new(ErrorKind::Cancelled, message));
                    }
                }
            };
            let made = Self {
                url: inputs.url.clone(),
                method: inputs.method,
                headers: inputs.headers.clone(),
                expected_status: inputs.expected_status.clone(),
                body_contains: inputs.body_contains.clone(),
                interval_seconds: inputs.interval_seconds,
                deadline_seconds: inputs.deadline_seconds,
                triggers: inputs.triggers.clone(),
                status,
                seconds: (begin.elapsed().as_millis() as f64) / 1000.0,
            };
            Ok((crate::token::fresh(), made))
        }
    }

    enum Answer {
        Right(u16),
        /// What came instead, in a few words.
        Wrong(String),
    }

    /// Asks once. Only a request that could never be sent is an error.
    async fn ask(client: &StdClient, inputs: &CheckInputs) -> Result<Answer> {
        let method = match inputs.method.unwrap_or(Method::Get) {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Post => reqwest::Method::POST,
            Method::Options => reqwest::Method::OPTIONS,
        };
        let mut request = client
            .http()?
            .request(method, &inputs.url)
            .timeout(PATIENCE);
        for (name, value) in &inputs.headers {
            request = request.header(name, value);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_builder() => {
                let message = format!("cannot ask {}: {}", inputs.url, with_causes(&error));
                return Err(Error::new(ErrorKind::Invalid, message));
            }
            Err(error) => return Ok(Answer::Wrong(with_causes(&error.without_url()))),
        };
        let status = response.status().as_u16();
        let right = match inputs.expected_status.as_slice() {
            [] => status == 200,
            expected => expected.contains(&status),
        };
        if !right {
            return Ok(Answer::Wrong(format!("status {status}")));
        }
        let Some(text) = inputs
            .body_contains
            .as_deref()
            .filter(|text| !text.is_empty())
        else {
            return Ok(Answer::Right(status));
        };
        match response.text().await {
            Ok(body) if body.contains(text) => Ok(Answer::Right(status)),
            Ok(_) => Ok(Answer::Wrong(format!(
                "status {status}, but its body does not contain {text:?}"
            ))),
            Err(error) => Ok(Answer::Wrong(with_causes(&error.without_url()))),
        }
    }

    /// reqwest says "error sending request"; what happened is in the causes.
    fn with_causes(error: &dyn std::error::Error) -> String {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

#[cfg(all(test, feature = "provider"))]
mod tests;
