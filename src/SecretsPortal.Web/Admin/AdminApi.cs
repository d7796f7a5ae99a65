using SecretsPortal.Web.Admin.Infrastructure;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Admin;

/// <summary>The administration API: a table of contents.</summary>
internal static class AdminApi
{
    /// <summary>Where it lies.</summary>
    public const string Root = "/api/v1";

    /// <summary>Adds what it needs.</summary>
    public static IServiceCollection AddAdminApi(this IServiceCollection services)
    {
        services.AddSingleton<AdminGate>();
        services.ConfigureHttpJsonOptions(static json => AdminJson.Configure(json.SerializerOptions));
        // A parameter that can't be read is answered by the gate, which names it; without this it would be an empty 400.
        services.Configure<RouteHandlerOptions>(static handlers => handlers.ThrowOnBadRequest = true);
        return services.AddAdminDocument();
    }

    /// <summary>Maps every resource, the document, and an answer to what there is not.</summary>
    public static void MapAdminApi(this WebApplication app)
    {
        var group = app.MapGroup(Root).DisableAntiforgery();
        UsersResource.Map(new AdminRoutes(group, "Users"));
        ClientsResource.Map(new AdminRoutes(group, "Clients"));
        AccessKeysResource.Map(new AdminRoutes(group, "Access keys"));
        GroupsResource.Map(new AdminRoutes(group, "Groups"));
        PoliciesResource.Map(new AdminRoutes(group, "Policies"));
        TemporaryCredentialsResource.Map(new AdminRoutes(group, "Temporary credentials"));
        AccessResource.Map(new AdminRoutes(group, "Access"));
        SecretsResource.Map(new AdminRoutes(group, "Secrets"));
        KeysResource.Map(new AdminRoutes(group, "Keys"));
        RewrapsResource.Map(new AdminRoutes(group, "Re-wrapping"));
        RotationsResource.Map(new AdminRoutes(group, "Rotations"));
        FunctionsResource.Map(new AdminRoutes(group, "Rotation functions"));
        NotificationsResource.Map(new AdminRoutes(group, "Notifications"));
        AuditResource.Map(new AdminRoutes(group, "Audit log"));
        SystemResource.Map(new AdminRoutes(group, "System"));
        AccountResource.Map(new AdminRoutes(group, "Own account"));
        group.MapAdminDocument();
        group.Map("/{**rest}", static (HttpContext http) => Task.FromException(AdminRequests.Unknown(http)))
            .WithDoor(DoorRule.SignedIn)
            .WithMetadata(AdminOperation.WithoutQuery)
            .ExcludeFromDescription();
    }
}
