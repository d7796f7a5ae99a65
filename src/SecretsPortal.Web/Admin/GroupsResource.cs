using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/groups</c>: what is attached to one speaks for all its members.</summary>
internal static class GroupsResource
{
    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("GET", "/groups", PortalActions.ListGroups, "List groups by name", List);
        api.Map("POST", "/groups", PortalActions.CreateGroup, "Add a group", Create).Takes<NewGroupBody>("""{ "name": "orders", "description": "The orders team" }""");
        api.Map("GET", "/groups/{name}", PortalActions.GetGroup, "See a group with its policies", Get);
        api.Map("PUT", "/groups/{name}", PortalActions.UpdateGroup, "Replace what can be changed of a group", Update)
            .Takes<GroupChangeBody>("""{ "description": "The orders team" }""");
        api.Map("DELETE", "/groups/{name}", PortalActions.DeleteGroup, "Delete a group; its members lose what it gave them", Delete);
        api.Map("GET", "/groups/{name}/members", PortalActions.GetGroup, "List a group's members", Members, "ListGroupMembers");
        api.Map("PUT", "/groups/{name}/users/{member}", PortalActions.AddGroupMember, "Take a user into a group", AddUser, "AddUserToGroup");
        api.Map("DELETE", "/groups/{name}/users/{member}", PortalActions.RemoveGroupMember, "Take a user out of a group", RemoveUser, "RemoveUserFromGroup");
        api.Map("PUT", "/groups/{name}/clients/{member}", PortalActions.AddGroupMember, "Take a client into a group", AddClient, "AddClientToGroup");
        api.Map("DELETE", "/groups/{name}/clients/{member}", PortalActions.RemoveGroupMember, "Take a client out of a group", RemoveClient, "RemoveClientFromGroup");
    }

    private static Task<GroupPage> List(
        HttpContext http, GroupService groups, [StringLength(64)] string? namePrefix, [Range(1, 100)] int? limit, string? nextToken) =>
        groups.List(http.Call(), CommonBodies.Query(namePrefix, limit, nextToken), http.RequestAborted);

    private static async Task<Created<GroupDetail>> Create(HttpContext http, GroupService groups)
    {
        var body = http.Body<NewGroupBody>();
        var added = await groups.Create(http.Call(), body.Name, body.Description, http.RequestAborted);
        return TypedResults.Created($"{AdminApi.Root}/groups/{Uri.EscapeDataString(body.Name)}", Answer(http, added));
    }

    private static async Task<GroupDetail> Get(HttpContext http, GroupService groups, string name) =>
        Answer(http, await groups.Get(http.Call(), name, http.RequestAborted));

    private static async Task<GroupDetail> Update(HttpContext http, GroupService groups, string name, [FromHeader(Name = "If-Match")] string? ifMatch)
    {
        var body = http.Body<GroupChangeBody>();
        return Answer(http, await groups.Update(http.Call(), name, body.Description ?? "", AdminRequests.Revision(ifMatch), http.RequestAborted));
    }

    private static async Task<NoContent> Delete(HttpContext http, GroupService groups, string name)
    {
        await groups.Delete(http.Call(), name, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static Task<MemberPage> Members(HttpContext http, GroupService groups, string name, [Range(1, 100)] int? limit, string? nextToken) =>
        groups.Members(http.Call(), name, limit, nextToken, http.RequestAborted);

    private static Task<NoContent> AddUser(HttpContext http, GroupService groups, string name, string member) => Add(http, groups, name, CallerKind.User, member);

    private static Task<NoContent> AddClient(HttpContext http, GroupService groups, string name, string member) => Add(http, groups, name, CallerKind.Client, member);

    private static Task<NoContent> RemoveUser(HttpContext http, GroupService groups, string name, string member) => Remove(http, groups, name, CallerKind.User, member);

    private static Task<NoContent> RemoveClient(HttpContext http, GroupService groups, string name, string member) =>
        Remove(http, groups, name, CallerKind.Client, member);

    private static async Task<NoContent> Add(HttpContext http, GroupService groups, string name, CallerKind kind, string member)
    {
        await groups.AddMember(http.Call(), name, kind, member, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> Remove(HttpContext http, GroupService groups, string name, CallerKind kind, string member)
    {
        await groups.RemoveMember(http.Call(), name, kind, member, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static GroupDetail Answer(HttpContext http, GroupDetail group)
    {
        http.SetRevision(group.Revision);
        return group;
    }
}

/// <summary>A new group.</summary>
public sealed record NewGroupBody
{
    /// <summary>1 to 64 ASCII letters, digits and +=,.@_-; it cannot be changed.</summary>
    [StringLength(64, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }
}

/// <summary>All that can be changed of a group; what is left out is none.</summary>
public sealed record GroupChangeBody
{
    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }
}
