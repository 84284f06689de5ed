//! What a demo says when it is ready: every command can be pasted as it stands.

use std::net::SocketAddr;
use std::path::Path;

/// Where to look, and how to check, publish and cosign.
pub(super) fn text(address: SocketAddr, keys: &Path, env: &Path, waiting: Option<&str>) -> String {
    let commands = std::env::current_exe().ok();
    let commands = commands.as_deref().and_then(Path::parent).unwrap_or(Path::new(".")).display();
    let (keys, env) = (keys.display(), env.display());
    let cosign = waiting.map_or_else(String::new, |id| {
        format!(
            "Cosign    hotfix cosign {id} --key {keys}/publisher-example-appliance-2.pem\n          \
             hotfix release {id}\n"
        )
    });
    format!(
        "\n\
         This is sample data, signed with development keys ({keys}): not for production.\n\
         \n\
         Look      http://{address}/\n          \
                   http://{address}/advisories/XS65-TRIM\n          \
                   http://{address}/check\n\
         \n\
         In another terminal, in this folder:\n\
         First     export PATH={commands}:$PATH HOTFIX_SERVER=http://{address} $(cat {env})\n\
         Check     hotfix init\n          \
                   echo '{HOST}' | hotfix check --inventory -\n\
         Publish   hotfix new hotfix XS65E099 --product xenserver --release 6.5\n          \
                   hotfix sign XS65E099.toml --key {keys}/publisher-xenserver.pem\n          \
                   hotfix submit submission.json\n          \
                   hotfix release ID\n\
         {cosign}\n\
         Ctrl-C ends it; the data stays."
    )
}

/// An inventory to begin with.
const HOST: &str =
    r#"{"schema": "hotfixd/inventory/1", "product": "xenserver", "version": "6.5.0", "hotfixes": []}"#;
