using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>What can be said about a user, client or group, while it is typed.</summary>
public sealed class ProfileDraft
{
    /// <summary>The name; fixed once it is there.</summary>
    public string Name { get; set; } = "";

    /// <summary>A user's name for people.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>A user's e-mail address.</summary>
    public string Email { get; set; } = "";

    /// <summary>What it is there for.</summary>
    public string Description { get; set; } = "";

    /// <summary>Tags of a user or client; rows without a key do not count.</summary>
    public IList<DraftRow> Tags { get; private init; } = [];

    /// <summary>What the draft was begun from; null for something new.</summary>
    public long? Revision { get; set; }

    /// <summary>The tags that have a key.</summary>
    public IReadOnlyList<CallerTag> ToTags() => [.. Tags.Where(static row => row.Name.Length > 0).Select(static row => new CallerTag(row.Name, row.Value))];

    /// <summary>Of a user.</summary>
    public static ProfileDraft Of(UserDetail user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return new ProfileDraft
        {
            Name = user.User.Name,
            DisplayName = user.User.DisplayName ?? "",
            Email = user.User.Email ?? "",
            Description = user.Description ?? "",
            Tags = Rows(user.Tags),
            Revision = user.Revision,
        };
    }

    /// <summary>Of a client.</summary>
    public static ProfileDraft Of(ClientDetail client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new ProfileDraft
        {
            Name = client.Client.Name,
            Description = client.Client.Description ?? "",
            Tags = Rows(client.Tags),
            Revision = client.Revision,
        };
    }

    /// <summary>Of a group.</summary>
    public static ProfileDraft Of(GroupDetail group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return new ProfileDraft { Name = group.Name, Description = group.Description ?? "", Revision = group.Revision };
    }

    private static List<DraftRow> Rows(IEnumerable<CallerTag> tags) => [.. tags.Select(static tag => new DraftRow { Name = tag.Key, Value = tag.Value })];
}
