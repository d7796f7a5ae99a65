using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>Keeps the keys that protect cookies in the portal's own key ring, sealed by its KMS and shared by all nodes.</summary>
internal sealed class KeyRingRepository(PortalKeyRing ring) : IXmlRepository
{
    private const string Prefix = "data-protection/";

    /// <inheritdoc/>
    public IReadOnlyCollection<XElement> GetAllElements() =>
        [.. Block(() => ring.Read(Prefix, CancellationToken.None)).Select(static entry => Parse(entry.Value))];

    /// <inheritdoc/>
    public void StoreElement(XElement element, string friendlyName)
    {
        using var bytes = new MemoryStream();
        element.Save(bytes, SaveOptions.DisableFormatting);
        // Names are key-{guid} and revocation-…, unique by themselves: where one is there already, it is this element.
        Block(() => ring.Add(Prefix + friendlyName, bytes.ToArray(), CancellationToken.None));
    }

    private static XElement Parse(byte[] value)
    {
        using var bytes = new MemoryStream(value);
        return XElement.Load(bytes);
    }

    // The interface is synchronous. Task.Run leaves a page's synchronization context, which would wait for itself.
    private static T Block<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();
}
