using System.Globalization;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Where in the names' folders the list is, and what lies right below.</summary>
public sealed partial class FolderPath : ComponentBase
{
    [Inject]
    private PortalSession Session { get; set; } = default!;

    /// <summary>What the list shows.</summary>
    [Parameter, EditorRequired]
    public ListState State { get; set; } = default!;

    /// <summary>The folders right below.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<SecretFolder> Folders { get; set; } = [];

    /// <summary>True where there are more than these.</summary>
    [Parameter]
    public bool HasMore { get; set; }

    private IEnumerable<(string Path, string Name)> Parents
    {
        get
        {
            for (var begin = 0; begin < State.Folder.Length;)
            {
                var slash = State.Folder.IndexOf('/', begin);
                var end = slash < 0 ? State.Folder.Length : slash + 1;
                yield return (State.Folder[..end], State.Folder[begin..end]);
                begin = end;
            }
        }
    }

    private string AddressOf(string path) => Session.Here((State with { Folder = path }).ToAddress());

    private static string NameOf(SecretFolder folder) => folder.Path[(folder.Path.LastIndexOf('/', Math.Max(0, folder.Path.Length - 2)) + 1)..];

    private static string CountOf(SecretFolder folder) => folder.Secrets >= SecretFolder.MostCounted
        ? Words.Fill(SecretsText.CountOrMore, SecretFolder.MostCounted)
        : folder.Secrets.ToString("N0", CultureInfo.CurrentCulture);
}
