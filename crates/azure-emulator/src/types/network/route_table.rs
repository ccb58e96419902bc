//! Route tables and their routes.

use super::super::table;
use super::inline::{Inline, plain};
use super::{PATCH, USUAL, users};
use crate::json;
use crate::random::guid;
use crate::refusal::Refusal;
use crate::rules::{Location, Place, Rules};

/// `Microsoft.Network/routeTables`.
pub static TABLE: Rules = Rules {
    name: "Microsoft.Network/routeTables",
    table: table!("Microsoft.Network.routeTables"),
    location: Location::Region,
    patch: PATCH,
    prepare: |_, draft| {
        draft.keep("properties.resourceGuid", || guid().into());
        json::default(
            &mut draft.body,
            "properties.disableBgpRoutePropagation",
            false,
        );
        if let Some(routes) = ROUTES.take(draft)? {
            ROUTES.leave(draft, routes);
        }
        Ok(())
    },
    stored: |world, table, _, now| ROUTES.write(world, table, now),
    show: |world, table, body| ROUTES.show(world, table, body),
    guard: |scene, table| match users(scene.world, &table.id, SUBNET, "properties.routeTable.id")
        .next()
    {
        Some(subnet) => {
            let message = format!(
                "Route table {} is in use by {} and cannot be deleted.",
                table.id, subnet.id
            );
            Err(Refusal::bad_request(
                "InUseRouteTableCannotBeDeleted",
                message,
            ))
        }
        None => Ok(()),
    },
    ..USUAL
};

/// `Microsoft.Network/routeTables/routes`.
pub static ROUTE: Rules = Rules {
    name: "Microsoft.Network/routeTables/routes",
    table: table!("Microsoft.Network.routeTables.routes"),
    place: Place::Parent,
    serial: true,
    prepare: |_, draft| {
        plain(&mut draft.body);
        Ok(())
    },
    ..USUAL
};

const SUBNET: &str = "Microsoft.Network/virtualNetworks/subnets";

const ROUTES: Inline = Inline {
    word: "routes",
    rules: &ROUTE,
};
