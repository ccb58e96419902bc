//! The chain of credentials: the first that answers is used from then on.
//!
//! `azure_identity` 1.x has no chain of its own that fits both a terminal and CI.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind, Result};
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

use crate::cloud::Cloud;
use crate::sign_in::SignIn;
use crate::transport::transport;

/// Several credentials as one.
#[derive(Debug)]
pub struct Chain {
    links: Vec<(&'static str, Arc<dyn TokenCredential>)>,
    answered: OnceLock<usize>,
}

impl Chain {
    /// Each way to a token that the surroundings allow, in the order in which they are tried:
    ///
    /// 1. a service principal with a secret: `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`;
    /// 2. a federated token: `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_FEDERATED_TOKEN_FILE`;
    /// 3. a managed identity whose address is given: `IDENTITY_ENDPOINT`, with `AZURE_CLIENT_ID` for one that a user
    ///    assigned;
    /// 4. the Azure CLI (`az login`);
    /// 5. the Azure Developer CLI (`azd auth login`);
    /// 6. the managed identity of a virtual machine: last, because asking for it takes long where there is none.
    pub fn of(sign_in: &SignIn, cloud: Cloud) -> Result<Self> {
        let mut links: Vec<(&'static str, Arc<dyn TokenCredential>)> = Vec::new();
        let transport = transport()?;
        let authority = sign_in
            .authority_host
            .as_deref()
            .unwrap_or(cloud.authority());
        let options = || client_options(authority, &transport);
        let principal = (&sign_in.tenant_id, &sign_in.client_id);
        if let (Some(tenant), Some(client)) = principal {
            if let Some(secret) = &sign_in.client_secret {
                let made = ClientSecretCredential::new(
                    tenant,
                    client.clone(),
                    Secret::new(secret.reveal().clone()),
                    Some(ClientSecretCredentialOptions {
                        client_options: options(),
                    }),
                )?;
                links.push(("the service principal's secret", made));
            }
            if let Some(file) = &sign_in.federated_token_file {
                let mut workload = WorkloadIdentityCredentialOptions {
                    client_id: Some(client.clone()),
                    tenant_id: Some(tenant.clone()),
                    token_file_path: Some(PathBuf::from(file)),
                    ..Default::default()
                };
                workload.credential_options.client_options = options();
                let made = WorkloadIdentityCredential::new(Some(workload))?;
                links.push(("the federated token", made));
            }
        }
        let managed = ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
            user_assigned_id: sign_in.client_id.clone().map(UserAssignedId::ClientId),
            client_options: options(),
        }))?;
        if sign_in.managed_identity {
            links.push(("the managed identity", managed.clone()));
        }
        let cli = AzureCliCredential::new(Some(AzureCliCredentialOptions {
            tenant_id: sign_in.tenant_id.clone(),
            ..Default::default()
        }))?;
        links.push(("the Azure CLI", cli));
        let developer =
            AzureDeveloperCliCredential::new(Some(AzureDeveloperCliCredentialOptions {
                tenant_id: sign_in.tenant_id.clone(),
                ..Default::default()
            }))?;
        links.push(("the Azure Developer CLI", developer));
        if !sign_in.managed_identity {
            links.push(("the virtual machine's managed identity", managed));
        }
        Ok(Self {
            links,
            answered: OnceLock::new(),
        })
    }
}

fn client_options(authority: &str, transport: &Transport) -> ClientOptions {
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = authority.to_owned();
    ClientOptions {
        transport: Some(transport.clone()),
        cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
        ..Default::default()
    }
}

#[async_trait]
impl TokenCredential for Chain {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> Result<AccessToken> {
        if let Some(index) = self.answered.get() {
            return self.links[*index].1.get_token(scopes, options).await;
        }
        let mut refusals = Vec::new();
        for (index, (name, link)) in self.links.iter().enumerate() {
            match link.get_token(scopes, options.clone()).await {
                Ok(token) => {
                    // Another request may have been first; either answer is good.
                    let _ = self.answered.set(index);
                    return Ok(token);
                }
                Err(error) => {
                    let text = error.to_string();
                    let line = text.lines().next().unwrap_or_default();
                    refusals.push(format!("{name}: {line}"));
                }
            }
        }
        let message = format!("no credential gave a token ({})", refusals.join("; "));
        Err(Error::with_message(ErrorKind::Credential, message))
    }
}
