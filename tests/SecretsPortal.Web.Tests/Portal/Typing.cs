using AngleSharp.Dom;
using Bunit;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>Typing as a browser tells of it.</summary>
internal static class Typing
{
    /// <summary>Types a text and leaves the field: one that hears each letter is told of the letters, another of the change.</summary>
    public static async Task TypeAsync(this IElement field, string text)
    {
        if (!field.HasAttribute("blazor:oninput"))
        {
            await field.ChangeAsync(text);
            return;
        }

        await field.InputAsync(text);
        await field.BlurAsync();
    }

    /// <inheritdoc cref="TypeAsync"/>
    public static void Type(this IElement field, string text) => field.TypeAsync(text).GetAwaiter().GetResult();
}
