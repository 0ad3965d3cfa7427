"""The written pages. The legal texts are placeholders that say so; who opens a shop writes their own."""

from store.seed.content.model import Text

_PLACEHOLDER = "<p><strong>This is a placeholder of the demo shop.</strong> Dimmet is invented and sells nothing. Replace this text before you open, and have it read by somebody who knows your country’s law.</p>"

PAGES: tuple[Text, ...] = (
    Text(
        "page",
        "about",
        "A studio at dusk",
        """
<p>Dimmet is an old West Country word for dusk: the hour when you can still see the path but not what is on it. We liked the word, and the hour is when most of our drawings begin.</p>
<p>We are five people in a former dairy in Upper Austria. The milk room is the print room now, the cold store holds the kiln, and the yard is full of swallows until the middle of September. Marlene and Jakob print, Ilse throws the pots, Tomas sews the bags and answers your letters. Noor draws. Zita is the cat and has a sweatshirt to herself.</p>
<p>We make things in short runs, mostly between sixty and two hundred. When a run is over it is over, and the screens are washed and used for something else. That is why some sizes are sold out: it is not a trick to hurry you.</p>
<h2>What things are made of</h2>
<p>Cotton from organic farms, knitted and sewn in Portugal. Clay with iron in it from the Westerwald, glazes we mix ourselves. Paper made of cotton, ink made with water. Nothing in a parcel of ours is plastic, apart from the tape on old boxes that we use again.</p>
<h2>Come by</h2>
<p>The studio door is open on Fridays from two until the light goes. There is coffee, and seconds at half price.</p>
""",
    ),
    Text(
        "page",
        "contact",
        "Contact",
        """
<p>Write to <a href="mailto:hello@dimmet.example">hello@dimmet.example</a>. Tomas answers on weekdays, usually the same evening; it helps if you add your order number.</p>
<p>For shops and galleries: the same address, with the word “wholesale” somewhere near the beginning.</p>
<h2>By post, or on foot</h2>
<p>Dimmet Studio<br>Alte Molkerei 1<br>4000 Musterdorf<br>Austria</p>
<p>Fridays from two until the light goes.</p>
""",
    ),
    Text(
        "page",
        "sizes",
        "Size guide",
        """
<p>Our tees and sweatshirts are cut wide, with a dropped shoulder. If you are between two sizes, take the smaller one.</p>
<table><caption>Laid flat, in centimetres</caption><thead><tr><th scope="col">Size</th><th scope="col">Chest</th><th scope="col">Length</th><th scope="col">Sleeve, sweatshirt</th></tr></thead>
<tbody><tr><th scope="row">XS</th><td>50</td><td>66</td><td>58</td></tr><tr><th scope="row">S</th><td>53</td><td>68</td><td>59</td></tr><tr><th scope="row">M</th><td>56</td><td>70</td><td>60</td></tr>
<tr><th scope="row">L</th><td>60</td><td>72</td><td>61</td></tr><tr><th scope="row">XL</th><td>64</td><td>74</td><td>62</td></tr><tr><th scope="row">XXL</th><td>68</td><td>76</td><td>63</td></tr></tbody></table>
<p>Measured by hand, so give or take a centimetre.</p>
""",
    ),
    Text(
        "policy",
        "shipping",
        "Delivery",
        """
<p>We pack on weekdays. What you order before noon usually leaves the same day.</p>
<ul><li><strong>Standard</strong>, with the post: € 5.90 within Austria, free from € 90, two to four working days. To the rest of Europe from € 9.90 by weight, free from € 150, three to six working days.</li><li><strong>Express</strong>, by courier, within Austria: € 14.90. One to two working days.</li><li><strong>Fetch it at the studio</strong> in Vienna: free. We write when it is ready.</li></ul>
<p>We send to the countries of the European Union and to Switzerland, Liechtenstein and Norway. Prices include Austrian VAT; outside the European Union your customs office may ask for its own.</p>
<p>Made to order pieces from the kiln take up to three weeks. Framed prints travel by themselves and may come a day later than the rest.</p>
"""
        + _PLACEHOLDER,
    ),
    Text(
        "policy",
        "returns",
        "Returns",
        """
<p>Changed your mind? Send it back within thirty days of the day it came, unworn and unwashed, and we pay back what you paid for it.</p>
<ol><li>Write to <a href="mailto:hello@dimmet.example">hello@dimmet.example</a> with your order number.</li><li>Put the things and the note from us back in the box.</li><li>Bring it to the post. We refund within three working days of its coming home.</li></ol>
<p>A pot that broke on the way is our business: send us a photograph, keep the pieces, and we send another.</p>
<p>Made to order pieces can come back too. Opened tea can’t.</p>
"""
        + _PLACEHOLDER,
    ),
    Text(
        "policy",
        "terms",
        "Terms",
        _PLACEHOLDER
        + """
<h2>Who sells</h2><p>Dimmet Studio, see the imprint. These terms hold for orders made in this shop.</p>
<h2>How an order comes about</h2><p>What you see in the shop is an invitation. Your order is an offer, and our confirmation by mail accepts it once the payment has come in. An order that is not paid within fifteen minutes lapses, and the things go back on the shelf.</p>
<h2>Prices and payment</h2><p>All prices are in euros and include VAT. Delivery is added at checkout before you pay.</p>
<h2>Your right to withdraw</h2><p>Consumers in the European Union may withdraw within fourteen days without a reason. We give thirty; see Returns.</p>
<h2>If something is wrong</h2><p>The legal warranty holds. Tell us, and we repair, replace or pay back.</p>
""",
    ),
    Text(
        "policy",
        "privacy",
        "Privacy",
        _PLACEHOLDER
        + """
<h2>What we keep</h2><p>What an order needs: your name, address, mail address and what you bought. Cards are handled by the payment provider; we never see the number.</p>
<h2>Cookies</h2><p>One remembers your cart, one your session at checkout. There are no others: nothing here measures you, and nothing is loaded from other sites.</p>
<h2>How long</h2><p>Carts for thirty days, orders for as long as the tax office wants them, which in Austria is seven years.</p>
<h2>Your rights</h2><p>You may see, correct and delete what we hold about you, and complain to the data protection authority. Write to <a href="mailto:hello@dimmet.example">hello@dimmet.example</a>.</p>
""",
    ),
    Text(
        "policy",
        "imprint",
        "Imprint",
        _PLACEHOLDER
        + """
<p>Dimmet Studio (invented)<br>Alte Molkerei 1<br>4000 Musterdorf<br>Austria</p>
<p>Mail: <a href="mailto:hello@dimmet.example">hello@dimmet.example</a><br>Owner: Marlene Muster<br>VAT number: ATU00000000<br>Company register: FN 000000 a, Landesgericht Musterstadt</p>
<p>Member of the chamber of commerce of Upper Austria. Trade: printing, pottery and retail.</p>
""",
    ),
)
