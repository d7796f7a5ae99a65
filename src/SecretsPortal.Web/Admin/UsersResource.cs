using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/users</c>: the people who sign in to the portal.</summary>
internal static class UsersResource
{
    private const string Example = """{ "displayName": "Ada Lovelace", "email": "ada@example.com", "description": "Runs the engine", "tags": { "team": "orders" }, "isDisabled": false }""";
    private const string NewExample = """
        { "name": "ada", "displayName": "Ada Lovelace", "email": "ada@example.com", "description": "Runs the engine", "tags": { "team": "orders" }, "password": "a long phrase to begin with" }
        """;

    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("GET", "/users", PortalActions.ListUsers, "List users by name", List);
        api.Map("POST", "/users", PortalActions.CreateUser, "Add a user", Create).Takes<NewUserBody>(NewExample);
        api.Map("GET", "/users/{name}", PortalActions.GetUser, "See a user", Get);
        api.Map("PUT", "/users/{name}", PortalActions.UpdateUser, "Replace what can be changed of a user", Update).Takes<UserChangeBody>(Example);
        api.Map("DELETE", "/users/{name}", PortalActions.DeleteUser, "Delete a user", Delete);
        api.Map("POST", "/users/{name}/password", PortalActions.ResetUserPassword, "Give a local user a new password", ResetPassword)
            .Takes<PasswordBody>("""{ "password": "a long phrase to begin with" }""");
        api.Map("DELETE", "/users/{name}/second-factor", PortalActions.ResetUserSecondFactor, "Take a user's second factor", ResetSecondFactor);
        api.Map("DELETE", "/users/{name}/sessions", PortalActions.EndUserSessions, "End all sessions of a user", EndSessions);
    }

    private static async Task<UserList> List(
        HttpContext http, UserService users, [StringLength(64)] string? namePrefix, [Range(1, 100)] int? limit, string? nextToken)
    {
        var page = await users.List(http.Call(), CommonBodies.Query(namePrefix, limit, nextToken), http.RequestAborted);
        return new UserList(page.Users, page.NextToken);
    }

    private static async Task<Created<NewUserAnswer>> Create(HttpContext http, UserService users)
    {
        var body = http.Body<NewUserBody>();
        var added = await users.Create(http.Call(), new CreateUserRequest
        {
            Name = body.Name,
            DisplayName = body.DisplayName,
            Email = body.Email,
            Description = body.Description,
            Tags = CommonBodies.Tags(body.Tags),
            Password = body.Password,
            Issuer = body.Issuer,
            Subject = body.Subject,
        }, http.RequestAborted);
        http.SetRevision(added.User.Revision);
        return TypedResults.Created($"{AdminApi.Root}/users/{Uri.EscapeDataString(body.Name)}", new NewUserAnswer(UserBody.From(added.User), added.Password));
    }

    private static async Task<UserBody> Get(HttpContext http, UserService users, string name) =>
        Answer(http, await users.Get(http.Call(), name, http.RequestAborted));

    private static async Task<UserBody> Update(HttpContext http, UserService users, string name, [FromHeader(Name = "If-Match")] string? ifMatch)
    {
        var body = http.Body<UserChangeBody>();
        return Answer(http, await users.Update(http.Call(), name, new UpdateUserRequest
        {
            // What a replacement leaves out is none; the service takes null for unchanged and an empty text for none.
            DisplayName = body.DisplayName ?? "",
            Email = body.Email ?? "",
            Description = body.Description ?? "",
            Tags = CommonBodies.Tags(body.Tags),
            IsDisabled = body.IsDisabled,
            Revision = AdminRequests.Revision(ifMatch),
        }, http.RequestAborted));
    }

    private static async Task<NoContent> Delete(HttpContext http, UserService users, string name)
    {
        await users.Delete(http.Call(), name, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<NewPasswordAnswer> ResetPassword(HttpContext http, UserService users, string name)
    {
        var body = http.Body<PasswordBody>();
        return new NewPasswordAnswer(await users.ResetPassword(http.Call(), name, body.Password, http.RequestAborted));
    }

    private static async Task<NoContent> ResetSecondFactor(HttpContext http, UserService users, string name)
    {
        await users.ResetSecondFactor(http.Call(), name, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> EndSessions(HttpContext http, UserService users, string name)
    {
        await users.EndSessions(http.Call(), name, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static UserBody Answer(HttpContext http, UserDetail user)
    {
        http.SetRevision(user.Revision);
        return UserBody.From(user);
    }
}

/// <summary>A new user.</summary>
public sealed record NewUserBody
{
    /// <summary>1 to 64 ASCII letters, digits and +=,.@_-; it cannot be changed.</summary>
    [StringLength(64, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>The name for people.</summary>
    [StringLength(256)]
    public string? DisplayName { get; init; }

    /// <summary>For people to read: nothing is sent to it.</summary>
    [StringLength(320)]
    public string? Email { get; init; }

    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }

    /// <summary>The condition keys aws:PrincipalTag/KEY.</summary>
    [MaxLength(CommonBodies.MostTags)]
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>The first password of a local user, to be changed at the first sign-in; absent to have one made.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public SecretText? Password { get; init; }

    /// <summary>The identity provider's URL for a user who signs in there; absent for a local user.</summary>
    [StringLength(512)]
    public string? Issuer { get; init; }

    /// <summary>What the identity provider calls the user.</summary>
    [StringLength(255)]
    public string? Subject { get; init; }
}

/// <summary>All that can be changed of a user; what is left out is none.</summary>
public sealed record UserChangeBody
{
    /// <summary>The name for people.</summary>
    [StringLength(256)]
    public string? DisplayName { get; init; }

    /// <summary>For people to read: nothing is sent to it.</summary>
    [StringLength(320)]
    public string? Email { get; init; }

    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }

    /// <summary>The condition keys aws:PrincipalTag/KEY.</summary>
    [MaxLength(CommonBodies.MostTags)]
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>A disabled user is refused everywhere, at once, and its sessions end.</summary>
    public bool IsDisabled { get; init; }
}

/// <summary>A password that an administrator gives.</summary>
public sealed record PasswordBody
{
    /// <summary>To be changed at the next sign-in; absent to have one made.</summary>
    [StringLength(1024, MinimumLength = 1)]
    public SecretText? Password { get; init; }
}

/// <summary>A password that was made.</summary>
/// <param name="Password">Told this once; absent where the request gave it.</param>
public sealed record NewPasswordAnswer(SecretText? Password);

/// <summary>A page of users.</summary>
/// <param name="Users">By name.</param>
/// <param name="NextToken">Asks for the next page, with the same parameters; absent on the last one.</param>
public sealed record UserList(IReadOnlyList<UserSummary> Users, string? NextToken);

/// <summary>A user that was added.</summary>
/// <param name="User">The user.</param>
/// <param name="Password">The password that was made for it, told this once; absent where the request gave it, or there is none.</param>
public sealed record NewUserAnswer(UserBody User, SecretText? Password);

/// <summary>A user.</summary>
public sealed record UserBody
{
    /// <summary>The portal's id, never given to another caller.</summary>
    public required string Id { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The ARN that policies name.</summary>
    public required string Arn { get; init; }

    /// <summary>The name for people.</summary>
    public string? DisplayName { get; init; }

    /// <summary>The e-mail address.</summary>
    public string? Email { get; init; }

    /// <summary>What it is there for.</summary>
    public string? Description { get; init; }

    /// <summary>The condition keys aws:PrincipalTag/KEY.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>Refused everywhere.</summary>
    public required bool IsDisabled { get; init; }

    /// <summary>The identity provider that the user signs in at; absent for a local user.</summary>
    public string? Issuer { get; init; }

    /// <summary>What the identity provider calls the user; absent for a local user.</summary>
    public string? Subject { get; init; }

    /// <summary>A second factor is asked for since then; absent without one.</summary>
    public DateTimeOffset? SecondFactorSince { get; init; }

    /// <summary>When the password was set.</summary>
    public DateTimeOffset? PasswordChangedAt { get; init; }

    /// <summary>The password was given by somebody else and has not been changed yet.</summary>
    public required bool MustChangePassword { get; init; }

    /// <summary>The names of its groups.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>The names of the policies that are attached to it itself.</summary>
    public required IReadOnlyList<string> Policies { get; init; }

    /// <summary>When it last signed in; absent for never.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The form of what the service tells.</summary>
    internal static UserBody From(UserDetail user) => new()
    {
        Id = user.User.Id,
        Name = user.User.Name,
        Arn = user.User.Arn,
        DisplayName = user.User.DisplayName,
        Email = user.User.Email,
        Description = user.Description,
        Tags = CommonBodies.Tags(user.Tags),
        IsDisabled = user.User.IsDisabled,
        Issuer = user.User.Issuer,
        Subject = user.Subject,
        SecondFactorSince = user.SecondFactorSince,
        PasswordChangedAt = user.PasswordChangedAt,
        MustChangePassword = user.User.MustChangePassword,
        Groups = user.Groups,
        Policies = user.Policies,
        LastSeenAt = user.User.LastSeenAt,
        CreatedAt = user.User.CreatedAt,
    };
}
