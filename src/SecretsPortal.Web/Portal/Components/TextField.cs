using MudBlazor;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>
/// The portal's field for text. What is typed counts at each letter: a draft holds it before the field is left, and nothing below the field moves away
/// from under the pointer in the moment of a click, as it would where the click is what ends the field.
/// </summary>
/// <typeparam name="T">The type of the value.</typeparam>
public sealed class TextField<T> : MudTextField<T>
{
    /// <summary>A field as all forms have it.</summary>
    public TextField()
    {
        Immediate = true;
        Variant = Variant.Outlined;
        Margin = Margin.Dense;
    }
}
