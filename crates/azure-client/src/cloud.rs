//! Microsoft's clouds.

/// One of Microsoft's clouds.
///
/// Addresses: <https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure> and
/// <https://learn.microsoft.com/azure/china/resources-developer-guide>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// The one that most mean by Azure.
    Public,
    /// Azure Government, of the United States.
    UsGovernment,
    /// Azure operated by 21Vianet, in China.
    China,
}

impl Cloud {
    /// Where its tokens come from.
    pub fn authority(self) -> &'static str {
        match self {
            Self::Public => "https://login.microsoftonline.com",
            Self::UsGovernment => "https://login.microsoftonline.us",
            Self::China => "https://login.chinacloudapi.cn",
        }
    }

    /// Its Azure Resource Manager.
    pub fn management(self) -> &'static str {
        match self {
            Self::Public => "https://management.azure.com",
            Self::UsGovernment => "https://management.usgovcloudapi.net",
            Self::China => "https://management.chinacloudapi.cn",
        }
    }
}
