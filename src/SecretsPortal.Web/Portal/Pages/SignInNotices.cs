using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

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
        Over => AccountText.NoticeOver,
        NotAccepted => Words.Fill(AccountText.NoticeNotAccepted, provider),
        Declined => Words.Fill(AccountText.NoticeDeclined, provider),
        Away => Words.Fill(AccountText.NoticeAway, provider),
        Clock => Words.Fill(AccountText.NoticeClock, provider),
        Busy => AccountText.NoticeBusy,
        NoGroup => Words.Fill(AccountText.NoticeNoGroup, provider),
        Unverified => Words.Fill(AccountText.NoticeUnverified, provider),
        NameTaken => Words.Fill(AccountText.NoticeNameTaken, provider),
        NoName => Words.Fill(AccountText.NoticeNoName, provider),
        Disabled => AccountText.NoticeDisabled,
        _ => null,
    };
}
