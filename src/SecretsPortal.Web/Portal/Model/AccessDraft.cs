using SecretsPortal.Core.Policies;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>A question about access while it is typed: whose, what, on which.</summary>
public sealed class AccessDraft
{
    /// <summary>Whose access.</summary>
    public Subject Who { get; set; }

    /// <summary>The caller's name; of no account for one's own access.</summary>
    public string Name { get; set; } = "";

    /// <summary>Such as <c>secretsmanager:GetSecretValue</c>.</summary>
    public string Action { get; set; } = SecretActions.GetSecretValue;

    /// <summary>A secret's name or ARN, another ARN, or <c>*</c>.</summary>
    public string Resource { get; set; } = "";

    /// <summary>Whom a question can be about.</summary>
    public enum Subject
    {
        /// <summary>The one who asks.</summary>
        Myself,

        /// <summary>A user.</summary>
        User,

        /// <summary>A client.</summary>
        Client,

        /// <summary>A rotation function.</summary>
        Function,
    }

    /// <summary>What keeps the question from being asked, by field.</summary>
    public IReadOnlyDictionary<string, string> Faults()
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Who != Subject.Myself && Name.Trim().Length == 0)
            faults["name"] = "Say who, by name.";
        if (!PortalActions.Known.Contains(Action.Trim(), StringComparer.Ordinal))
            faults["action"] = "Choose one of the actions in the list.";
        if (Resource.Trim().Length == 0)
            faults["resource"] = "Give a secret's name, an ARN, or * for an action that has no resource.";
        return faults;
    }

    /// <summary>The caller's ARN; null for one's own.</summary>
    public string? CallerArn(string account, string region) => Who switch
    {
        Subject.User => $"arn:aws:iam::{account}:user/{Name.Trim()}",
        Subject.Client => $"arn:aws:iam::{account}:user/client/{Name.Trim()}",
        Subject.Function => $"arn:aws:lambda:{region}:{account}:function:{Name.Trim()}",
        _ => null,
    };

    /// <summary>The draft of an address: what it does not say is left to be filled in.</summary>
    public static AccessDraft Of(string? callerArn, string? action, string? resource)
    {
        var (who, name) = AuditWords.ShortArn(callerArn) switch
        {
            { } rest when rest.StartsWith("user/client/", StringComparison.Ordinal) => (Subject.Client, rest["user/client/".Length..]),
            { } rest when rest.StartsWith("user/", StringComparison.Ordinal) => (Subject.User, rest["user/".Length..]),
            { } rest when rest.StartsWith("function:", StringComparison.Ordinal) => (Subject.Function, rest["function:".Length..]),
            { Length: > 0 } rest => (Subject.User, rest),
            _ => (Subject.Myself, ""),
        };
        return new AccessDraft { Who = who, Name = name, Action = action ?? SecretActions.GetSecretValue, Resource = resource ?? "" };
    }
}
