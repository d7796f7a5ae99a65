using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/clients</c>: the programs that sign their requests. Their access keys have a file of their own.</summary>
internal static class ClientsResource
{
    private const string Example = """{ "description": "The orders service", "tags": { "team": "orders" }, "isDisabled": false }""";

    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("GET", "/clients", PortalActions.ListClients, "List clients by name", List);
        api.Map("POST", "/clients", PortalActions.CreateClient, "Add a client, without an access key", Create)
            .Takes<NewClientBody>("""{ "name": "orders", "description": "The orders service", "tags": { "team": "orders" } }""");
        api.Map("GET", "/clients/{name}", PortalActions.GetClient, "See a client with its access keys", Get);
        api.Map("PUT", "/clients/{name}", PortalActions.UpdateClient, "Replace what can be changed of a client", Update).Takes<ClientChangeBody>(Example);
        api.Map("DELETE", "/clients/{name}", PortalActions.DeleteClient, "Delete a client with its access keys", Delete);
    }

    private static async Task<ClientList> List(
        HttpContext http, ClientService clients, [StringLength(64)] string? namePrefix, [Range(1, 100)] int? limit, string? nextToken)
    {
        var page = await clients.List(http.Call(), CommonBodies.Query(namePrefix, limit, nextToken), http.RequestAborted);
        return new ClientList(page.Clients, page.NextToken);
    }

    private static async Task<Created<ClientBody>> Create(HttpContext http, ClientService clients)
    {
        var body = http.Body<NewClientBody>();
        var added = await clients.Create(
            http.Call(), new CreateClientRequest(body.Name, body.Description, CommonBodies.Tags(body.Tags)), http.RequestAborted);
        return TypedResults.Created($"{AdminApi.Root}/clients/{Uri.EscapeDataString(body.Name)}", Answer(http, added));
    }

    private static async Task<ClientBody> Get(HttpContext http, ClientService clients, string name) =>
        Answer(http, await clients.Get(http.Call(), name, http.RequestAborted));

    private static async Task<ClientBody> Update(HttpContext http, ClientService clients, string name, [FromHeader(Name = "If-Match")] string? ifMatch)
    {
        var body = http.Body<ClientChangeBody>();
        return Answer(http, await clients.Update(http.Call(), name, new UpdateClientRequest
        {
            Description = body.Description ?? "",
            Tags = CommonBodies.Tags(body.Tags),
            IsDisabled = body.IsDisabled,
            Revision = AdminRequests.Revision(ifMatch),
        }, http.RequestAborted));
    }

    private static async Task<NoContent> Delete(HttpContext http, ClientService clients, string name)
    {
        await clients.Delete(http.Call(), name, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static ClientBody Answer(HttpContext http, ClientDetail client)
    {
        http.SetRevision(client.Revision);
        return ClientBody.From(client);
    }
}

/// <summary>A new client.</summary>
public sealed record NewClientBody
{
    /// <summary>1 to 64 ASCII letters, digits and +=,.@_-; it cannot be changed.</summary>
    [StringLength(64, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }

    /// <summary>The condition keys aws:PrincipalTag/KEY.</summary>
    [MaxLength(CommonBodies.MostTags)]
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>All that can be changed of a client; what is left out is none.</summary>
public sealed record ClientChangeBody
{
    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }

    /// <summary>The condition keys aws:PrincipalTag/KEY.</summary>
    [MaxLength(CommonBodies.MostTags)]
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>A disabled client is refused everywhere, at once, whichever of its keys signs.</summary>
    public bool IsDisabled { get; init; }
}

/// <summary>A page of clients.</summary>
/// <param name="Clients">By name.</param>
/// <param name="NextToken">Asks for the next page, with the same parameters; absent on the last one.</param>
public sealed record ClientList(IReadOnlyList<ClientSummary> Clients, string? NextToken);

/// <summary>A client.</summary>
public sealed record ClientBody
{
    /// <summary>The portal's id, never given to another caller.</summary>
    public required string Id { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The ARN that policies name.</summary>
    public required string Arn { get; init; }

    /// <summary>What it is there for.</summary>
    public string? Description { get; init; }

    /// <summary>The condition keys aws:PrincipalTag/KEY.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>Refused everywhere.</summary>
    public required bool IsDisabled { get; init; }

    /// <summary>Its access keys, the oldest first.</summary>
    public required IReadOnlyList<AccessKeySummary> AccessKeys { get; init; }

    /// <summary>The names of its groups.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>The names of the policies that are attached to it itself.</summary>
    public required IReadOnlyList<string> Policies { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The form of what the service tells.</summary>
    internal static ClientBody From(ClientDetail client) => new()
    {
        Id = client.Client.Id,
        Name = client.Client.Name,
        Arn = client.Client.Arn,
        Description = client.Client.Description,
        Tags = CommonBodies.Tags(client.Tags),
        IsDisabled = client.Client.IsDisabled,
        AccessKeys = client.Client.AccessKeys,
        Groups = client.Groups,
        Policies = client.Policies,
        CreatedAt = client.Client.CreatedAt,
    };
}
