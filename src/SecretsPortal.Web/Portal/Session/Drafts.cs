using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.JSInterop;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>
/// What is typed into a form and not stored yet, kept by the browser's tab while the form is open: it comes back after a new sign-in, a reload or a restart
/// of the portal. Never a value: a form gives only what is no secret. It is its user's: whoever else signs in in the same tab finds it gone.
/// </summary>
internal sealed class Drafts(IJSRuntime browser, AuthenticationStateProvider authentication, IHostApplicationLifetime? host = null)
{
    // Longer than any policy, and far less than a tab keeps or a message holds.
    private const int MostCharacters = 128 * 1024;

    // What a tab kept comes from outside: what lacks a part, or has one of another kind, is none.
    private static readonly JsonSerializerOptions s_json = new()
    {
        RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
    };

    /// <summary>A form as the tab keeps it.</summary>
    public static string Write(object kept) => JsonSerializer.Serialize(kept, kept.GetType(), s_json);

    /// <summary>What was kept of a form; null where nothing was, or the browser keeps nothing.</summary>
    public async Task<T?> Find<T>(string form)
        where T : class
    {
        if (await Owner() is not { } owner)
            return null;
        string? text = null;
        await Tell(async () => text = await browser.InvokeAsync<string?>("portal.forms.find", owner, form));
        if (text is not { Length: > 0 and <= MostCharacters })
            return null;
        try
        {
            return JsonSerializer.Deserialize<T>(text, s_json);
        }
        catch (Exception fault) when (fault is JsonException or NotSupportedException)
        {
            // Of another version of the portal, perhaps.
            return null;
        }
    }

    /// <summary>Keeps what is typed; false where the browser can't be told now. What is far too long is not kept.</summary>
    public async Task<bool> Keep(string form, string text) =>
        await Owner() is { } owner && (text.Length > MostCharacters || await Tell(() => browser.InvokeVoidAsync("portal.forms.keep", owner, form, text).AsTask()));

    /// <summary>Lets go of what was kept, once the form is stored or given up. Where the session is over meanwhile, it waits for the next sign-in.</summary>
    public async Task Drop(string form)
    {
        if (await Owner() is { } owner)
            await Tell(() => browser.InvokeVoidAsync("portal.forms.drop", owner, form).AsTask());
    }

    /// <summary>The page is about to be left, and the browser need not ask.</summary>
    public Task LetGo() => Tell(() => browser.InvokeVoidAsync("portal.forms.letGo").AsTask());

    private async Task<string?> Owner() => OpenPages.IdOf((await authentication.GetAuthenticationStateAsync()).User);

    private async Task<bool> Tell(Func<Task> call)
    {
        // A portal that stops lets go of nothing: what is kept is there for the one that comes after it, and no answer would come through.
        if (host?.ApplicationStopping.IsCancellationRequested == true)
            return false;
        try
        {
            await call();
            return true;
        }
        catch (Exception fault) when (fault is JSDisconnectedException or JSException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The browser is away, for a moment or for good.
            return false;
        }
    }
}
