using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Texts;

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

    /// <summary>The same once more, to be typed in.</summary>
    public ProfileDraft Copy() => new()
    {
        Name = Name,
        DisplayName = DisplayName,
        Email = Email,
        Description = Description,
        Tags = [.. Tags.Select(static row => new DraftRow { Name = row.Name, Value = row.Value })],
        Revision = Revision,
    };

    /// <summary>What is said otherwise here than in what a form was begun from.</summary>
    public IReadOnlyList<StoredChange> ChangesSince(ProfileDraft seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        return SecondEditor.Changes(
            (AccessText.DisplayName, seen.DisplayName, DisplayName), (AccessText.Email, seen.Email, Email), (AccessText.Description, seen.Description, Description),
            (AccessText.Tags, Line(seen), Line(this)));
    }

    /// <summary>What was typed upon <paramref name="seen"/>, upon <paramref name="theirs"/>: what was not touched is theirs.</summary>
    public ProfileDraft MergedWith(ProfileDraft seen, ProfileDraft theirs)
    {
        ArgumentNullException.ThrowIfNull(seen);
        ArgumentNullException.ThrowIfNull(theirs);
        return new ProfileDraft
        {
            Name = Name,
            DisplayName = SecondEditor.Merged(seen.DisplayName, DisplayName, theirs.DisplayName),
            Email = SecondEditor.Merged(seen.Email, Email, theirs.Email),
            Description = SecondEditor.Merged(seen.Description, Description, theirs.Description),
            Tags = TagRules.Merged([.. Tags], TagRules.Read(seen.Tags), TagRules.Read(theirs.Tags)),
            Revision = theirs.Revision,
        };
    }

    private static string Line(ProfileDraft draft) => SecondEditor.Line(draft.ToTags().Select(static tag => (tag.Key, tag.Value)));

    private static List<DraftRow> Rows(IEnumerable<CallerTag> tags) => [.. tags.Select(static tag => new DraftRow { Name = tag.Key, Value = tag.Value })];
}
