using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Kms;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/keys</c>: the KMS keys of the call's region. Their re-wrappings have a file of their own.</summary>
internal static class KeysResource
{
    /// <summary>The longest name of a key in a body: an alias ARN.</summary>
    public const int LongestName = 512;

    private const string NewExample = """{ "provider": "local", "alias": "alias/payments", "description": "Seals what belongs to payments" }""";

    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("GET", "/keys", PortalActions.ListKeys, "List the region's keys, the oldest first", List);
        api.Map("POST", "/keys", PortalActions.CreateKey, "Register a key of a provider, or make a local one", Create).Takes<NewKeyBody>(NewExample);
        api.Map("GET", "/keys/{key}", PortalActions.GetKey, "See a key", Get);
        api.Map("PUT", "/keys/{key}", PortalActions.UpdateKey, "Replace a key's alias and description", Update)
            .Takes<KeyChangeBody>("""{ "alias": "alias/payments", "description": "Seals what belongs to payments" }""");
        api.Map("PUT", "/keys/{key}/default", PortalActions.UpdateKey, "Make a key the region's default", MakeDefault, "SetDefaultKey");
        api.Map("GET", "/keys/{key}/uses", PortalActions.GetKey, "List what uses a key", ListUses, "ListKeyUses");
        api.Map("POST", "/keys/{key}/disable", PortalActions.DisableKey, "Disable a key: what lies under it stays closed", Disable);
        api.Map("POST", "/keys/{key}/enable", PortalActions.EnableKey, "Enable a disabled key", Enable);
        api.Map("POST", "/keys/{key}/deletion", PortalActions.ScheduleKeyDeletion, "Schedule the removal of a key that nothing uses", ScheduleDeletion)
            .Takes<KeyDeletionBody>("""{ "pendingWindowInDays": 30 }""");
        api.Map("DELETE", "/keys/{key}/deletion", PortalActions.CancelKeyDeletion, "Cancel a deletion; the key is disabled then", CancelDeletion);
    }

    /// <summary>A key's name from a path, in which the slash of an alias or ARN is written <c>%2F</c>; names hold no percent sign.</summary>
    public static string NameOf(string key) => key.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static Task<KeyPage> List(HttpContext http, KeyService keys, [Range(1, 100)] int? limit, string? nextToken) =>
        keys.List(http.Call(), CommonBodies.Limit(limit), nextToken, http.RequestAborted);

    private static async Task<Created<KeyDetail>> Create(HttpContext http, KeyService keys)
    {
        var body = http.Body<NewKeyBody>();
        var added = await keys.Create(http.Call(), new CreateKeyRequest
        {
            Provider = body.Provider, Reference = body.Reference, Alias = body.Alias, Description = body.Description,
        }, http.RequestAborted);
        return TypedResults.Created($"{AdminApi.Root}/keys/{added.KeyId}", added);
    }

    private static Task<KeyDetail> Get(HttpContext http, KeyService keys, string key) => keys.Get(http.Call(), NameOf(key), http.RequestAborted);

    private static Task<KeyDetail> Update(HttpContext http, KeyService keys, string key)
    {
        var body = http.Body<KeyChangeBody>();
        // What a replacement leaves out is none; the service takes null for unchanged and an empty text for none.
        var change = new UpdateKeyRequest { Alias = body.Alias ?? "", Description = body.Description ?? "" };
        return keys.Update(http.Call(), NameOf(key), change, http.RequestAborted);
    }

    private static Task<KeyDetail> MakeDefault(HttpContext http, KeyService keys, string key) =>
        keys.Update(http.Call(), NameOf(key), new UpdateKeyRequest { BecomesDefault = true }, http.RequestAborted);

    private static Task<KeyUsePage> ListUses(HttpContext http, KeyService keys, string key, [Range(1, 100)] int? limit, string? nextToken) =>
        keys.ListUses(http.Call(), NameOf(key), CommonBodies.Limit(limit), nextToken, http.RequestAborted);

    private static Task<KeyDetail> Disable(HttpContext http, KeyService keys, string key) => keys.Disable(http.Call(), NameOf(key), http.RequestAborted);

    private static Task<KeyDetail> Enable(HttpContext http, KeyService keys, string key) => keys.Enable(http.Call(), NameOf(key), http.RequestAborted);

    private static Task<KeyDetail> ScheduleDeletion(HttpContext http, KeyService keys, string key) =>
        keys.ScheduleDeletion(http.Call(), NameOf(key), http.Body<KeyDeletionBody>().PendingWindowInDays, http.RequestAborted);

    private static Task<KeyDetail> CancelDeletion(HttpContext http, KeyService keys, string key) =>
        keys.CancelDeletion(http.Call(), NameOf(key), http.RequestAborted);
}

/// <summary>A key to be registered.</summary>
public sealed record NewKeyBody
{
    /// <summary>A configured provider: local, azure-key-vault, pkcs11 or aws-kms.</summary>
    [StringLength(64, MinimumLength = 1)]
    public required string Provider { get; init; }

    /// <summary>What the provider calls the key, such as its name, label or ARN; absent for a local key, which is made.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public string? Reference { get; init; }

    /// <summary>1 to 250 ASCII letters, digits or /_-, with or without alias/ before them; absent for none.</summary>
    [StringLength(256)]
    public string? Alias { get; init; }

    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }
}

/// <summary>All that can be changed of a key; what is left out is none.</summary>
public sealed record KeyChangeBody
{
    /// <summary>1 to 250 ASCII letters, digits or /_-, with or without alias/ before them. It stays while secrets name the key by it.</summary>
    [StringLength(256)]
    public string? Alias { get; init; }

    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }
}

/// <summary>When a key is to be removed from the registry. The key itself stays with its provider.</summary>
public sealed record KeyDeletionBody
{
    /// <summary>7 to 30; absent for 30.</summary>
    [Range(7, 30)]
    public int? PendingWindowInDays { get; init; }
}
