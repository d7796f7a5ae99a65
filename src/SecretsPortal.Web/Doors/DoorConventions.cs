using Microsoft.AspNetCore.Components.Endpoints;

namespace SecretsPortal.Web.Doors;

/// <summary>Gives endpoints their rules.</summary>
internal static class DoorConventions
{
    /// <summary>The gate asks for the action on the resource <c>*</c>.</summary>
    public static TBuilder WithDoor<TBuilder>(this TBuilder builder, string action)
        where TBuilder : IEndpointConventionBuilder => builder.WithDoor(DoorRule.Of(action));

    /// <summary>Gives all endpoints of the builder a rule.</summary>
    public static TBuilder WithDoor<TBuilder>(this TBuilder builder, DoorRule rule)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(rule));
        return builder;
    }

    /// <summary>
    /// What Blazor maps beside the pages, which bring their own: the connection of open pages is for whoever is signed in, its script for everybody.
    /// A page without a rule gets none here.
    /// </summary>
    public static RazorComponentsEndpointConventionBuilder WithDoors(this RazorComponentsEndpointConventionBuilder builder)
    {
        builder.Add(static endpoint =>
        {
            if (endpoint.Metadata.OfType<ComponentTypeMetadata>().Any() || endpoint is not RouteEndpointBuilder { RoutePattern.RawText: { } path })
                return;
            if (path.TrimStart('/').StartsWith("_blazor", StringComparison.Ordinal))
                endpoint.Metadata.Add(DoorRule.SignedIn);
            else if (path.TrimStart('/').StartsWith("_framework/", StringComparison.Ordinal))
                endpoint.Metadata.Add(DoorRule.Public("The framework's own files, the same for everybody."));
        });
        return builder;
    }
}
