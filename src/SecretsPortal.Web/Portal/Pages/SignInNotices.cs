namespace SecretsPortal.Web.Portal.Pages;

/// <summary>
/// What the sign-in page says of a sign-in that ended elsewhere. The address holds a word and no text, so that nobody can put words into the page.
/// </summary>
internal static class SignInNotices
{
    /// <summary>The steps took too long.</summary>
    public const string Over = "over";

    /// <summary>The identity provider's answer was not one that this browser had asked for, or not one to believe.</summary>
    public const string NotAccepted = "not-accepted";

    /// <summary>The user turned back at the identity provider.</summary>
    public const string Declined = "declined";

    /// <summary>The identity provider does not answer.</summary>
    public const string Away = "away";

    /// <summary>The token's times do not fit.</summary>
    public const string Clock = "clock";

    /// <summary>The portal's own store does not answer.</summary>
    public const string Busy = "busy";

    /// <summary>No group of the user opens the portal.</summary>
    public const string NoGroup = "no-group";

    /// <summary>The provider does not vouch for the e-mail address.</summary>
    public const string Unverified = "unverified-e-mail";

    /// <summary>Another account has the user's name.</summary>
    public const string NameTaken = "name-taken";

    /// <summary>The provider gives no name that the portal can use.</summary>
    public const string NoName = "no-name";

    /// <summary>The account is disabled here.</summary>
    public const string Disabled = "disabled";

    /// <summary>The words; null for none.</summary>
    public static string? Find(string? notice, string? provider) => (provider is null && notice is not Over) ? null : notice switch
    {
        Over => "That took too long, or the account has changed meanwhile. Sign in again.",
        NotAccepted => $"The answer of {provider} was not accepted. Sign in again from here; if it happens again, the audit log tells an administrator why.",
        Declined => $"The sign-in at {provider} was not finished.",
        Away => $"{provider} does not answer. Try again later.",
        Clock => $"The answer of {provider} is too old, or of a time to come. Sign in again; if it happens again, the clocks of the portal and of {provider} differ.",
        Busy => "The portal is busy. Try again in a moment.",
        NoGroup => $"You are signed in at {provider}, but none of your groups there opens this portal. Ask an administrator to be taken into one.",
        Unverified => $"{provider} does not vouch for your e-mail address. Confirm it there, then sign in again.",
        NameTaken => $"Another account of this portal has your user name of {provider} already, or had it. Ask an administrator to free it.",
        NoName => $"{provider} gives no user name that this portal can use: it takes up to 64 ASCII letters, digits and +=,.@_-. An administrator can name another claim.",
        Disabled => "This account is disabled here. Ask an administrator.",
        _ => null,
    };
}
